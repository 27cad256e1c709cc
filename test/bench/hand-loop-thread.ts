import { Redis } from 'ioredis'
import { AssignerProtocol, Kafka, logLevel } from 'kafkajs'
import type { KafkaMessage, PartitionAssigner } from 'kafkajs'
import { parentPort, workerData } from 'node:worker_threads'
import type { Assignment } from './contestant.ts'

const flushEveryMs = 250
const windowMs = 10_000

interface Counter {
  count(messages: readonly KafkaMessage[]): void | Promise<void>
  /** Writes what has been counted since the last call. */
  flush(redis: Redis): Promise<void>
}

const { job, topic, partitions, brokers, redisUrl, threads, thread } = workerData as Assignment & { thread: number }
const redis = new Redis(redisUrl)
const counter = job === 'word-count' ? wordCounter() : viewCounter(redis)
const consumer = new Kafka({ clientId: `hand-loop-${thread}`, brokers: [...brokers], logLevel: logLevel.NOTHING }).consumer({
  // a group of one with fixed partitions: starts without a rebalance, which would count twice without commits
  groupId: `hand-loop-${process.pid}-${thread}`,
  partitionAssigners: [fixedPartitions],
  maxBytesPerPartition: 2 ** 20,
  maxBytes: 8 * 2 ** 20,
  maxWaitTimeInMs: 50,
})
consumer.on(consumer.events.FETCH_START, once(() => parentPort!.postMessage(Date.now())))
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })

let flushedAt = performance.now()
let flushing: Promise<void> = Promise.resolve()
async function flush(): Promise<void> {
  flushedAt = performance.now()
  await flushing
  flushing = counter.flush(redis)
}
setInterval(() => void flush(), flushEveryMs)

await consumer.run({
  autoCommit: false,
  eachBatch: async ({ batch }) => {
    await counter.count(batch.messages)
    if (performance.now() - flushedAt >= flushEveryMs) await flush()
  },
})

function wordCounter(): Counter {
  let counts = new Map<string, { n: number }>()
  return {
    count(messages) {
      for (const { value } of messages) {
        for (const word of value!.toString().split(' ')) {
          const cell = counts.get(word)
          if (cell === undefined) counts.set(word, { n: 1 })
          else cell.n++
        }
      }
    },
    async flush(redis) {
      if (counts.size === 0) return
      const args: (string | number)[] = []
      for (const [word, cell] of counts) args.push(word, cell.n)
      counts = new Map()
      await redis.eval(addWords, 0, ...args)
    },
  }
}

function viewCounter(redis: Redis): Counter {
  const campaignOf = new Map<string, string>()
  let counts = new Map<string, Map<number, { n: number }>>()
  return {
    async count(messages) {
      for (const { value } of messages) {
        const event = JSON.parse(value!.toString()) as { ad_id: string; event_type: string; event_time: string }
        if (event.event_type !== 'view') continue
        let campaign = campaignOf.get(event.ad_id)
        if (campaign === undefined) {
          campaign = (await redis.get(event.ad_id))!
          campaignOf.set(event.ad_id, campaign)
        }
        const start = Math.floor(Number(event.event_time) / windowMs) * windowMs
        let windows = counts.get(campaign)
        if (windows === undefined) counts.set(campaign, (windows = new Map()))
        const cell = windows.get(start)
        if (cell === undefined) windows.set(start, { n: 1 })
        else cell.n++
      }
    },
    async flush(redis) {
      if (counts.size === 0) return
      const flushed = counts
      counts = new Map()
      const args: (string | number)[] = [Date.now()]
      for (const [campaign, windows] of flushed) {
        for (const [start, cell] of windows) args.push(campaign, start, cell.n)
      }
      await redis.eval(addViews, 0, ...args)
    },
  }
}

const addWords = `
  for i = 1, #ARGV, 2 do redis.call('HINCRBY', 'words', ARGV[i], ARGV[i + 1]) end
`

const addViews = `
  for i = 2, #ARGV, 3 do
    local campaign, start = ARGV[i], ARGV[i + 1]
    local window = campaign .. ':' .. start
    if redis.call('HSETNX', campaign, start, window) == 1 then
      redis.call('HSETNX', campaign, 'windows', campaign .. ':windows')
      redis.call('LPUSH', campaign .. ':windows', start)
    end
    redis.call('HINCRBY', window, 'seen_count', ARGV[i + 2])
    redis.call('HSET', window, 'time_updated', ARGV[1])
  end
`

/** Gives the only member every `threads`th partition. */
function fixedPartitions(): ReturnType<PartitionAssigner> {
  const name = 'fixed'
  const mine = Array.from({ length: partitions }, (_, partition) => partition).filter((partition) => partition % threads === thread)
  return {
    name,
    version: 1,
    assign: async ({ members }) => members.map(({ memberId }) => ({
      memberId,
      memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: 1, assignment: { [topic]: mine }, userData: Buffer.alloc(0) }),
    })),
    protocol: ({ topics }) => ({ name, metadata: AssignerProtocol.MemberMetadata.encode({ version: 1, topics, userData: Buffer.alloc(0) }) }),
  }
}

function once(call: () => void): () => void {
  let called = false
  return () => {
    if (!called) call()
    called = true
  }
}
