import { Redis } from 'ioredis'
import { kafkaProducer, type KafkaProducer } from '../../src/kafka/kafka-producer.ts'
import { codecs } from '../../src/wire/codec.ts'
import { runMillrace } from '../support/millrace-process.ts'
import { createTopic, endOffsets } from '../support/topics.ts'
import { differences } from './compare.ts'
import { canary, hostileStream } from './hostile-stream.ts'
import { campaignOf, fuzzJobs, maxRecordBytes, type FuzzJob } from './jobs.ts'
import type { Oracle } from './oracle.ts'

export interface FuzzServers {
  readonly brokers: readonly string[]
  /** Without a database; the jobs use those from 1 on. */
  readonly redisUrl: string
}

/** What became of the records of one round in one job. */
export interface JobOutcome {
  readonly job: string
  readonly records: number
  readonly skipped: number
  readonly keys: number
  /** Empty when all is right. */
  readonly faults: readonly string[]
}

const partitions = 4
const timeoutMs = 300_000

/** Writes hostile records into a topic of their own, has every job read them, and holds what came out against the oracles. */
export async function fuzzRound(servers: FuzzServers, records: number, seed: number, jobs: readonly FuzzJob[] = fuzzJobs): Promise<JobOutcome[]> {
  const topic = `fuzz-${process.pid}-${seed}`
  await createTopic(servers.brokers, topic, partitions, { 'max.message.bytes': '10000000' })
  const oracles = jobs.map((job) => job.makeOracle())
  const sent = await send(servers.brokers, topic, records, seed, oracles)
  const ends = await endOffsets(servers.brokers, topic)
  if (ends.join() !== sent.join()) throw new Error(`the log ends at ${ends.join()}, sent were ${sent.join()}`)
  const outcomes: JobOutcome[] = []
  for (const [i, job] of jobs.entries()) outcomes.push(await runJob(servers, topic, ends, job, i, oracles[i]!))
  return outcomes
}

/** Answers how many records each partition got. */
async function send(brokers: readonly string[], topic: string, records: number, seed: number, oracles: readonly Oracle[]): Promise<number[]> {
  const producers: KafkaProducer[] = await Promise.all(codecs.map((compression) => kafkaProducer({ brokers }, { compression })))
  const sent = Array.from({ length: partitions }, () => 0)
  try {
    let number = 0
    for (const record of hostileStream(records, { seed, partitions, maxRecordBytes, ads: [...campaignOf.keys()] })) {
      for (const oracle of oracles) oracle.take(record)
      sent[record.partition]!++
      // In runs, so that batches become large enough to be compressed.
      await producers[Math.floor(number++ / 500) % producers.length]!.push({ topic, ...record })
    }
  } finally {
    await Promise.all(producers.map((producer) => producer.close()))
  }
  return sent
}

async function runJob(servers: FuzzServers, topic: string, ends: readonly number[], job: FuzzJob, database: number, oracle: Oracle): Promise<JobOutcome> {
  const url = `${servers.redisUrl}/${1 + database}`
  const name = `${topic}-${job.name}`
  const redis = new Redis(url)
  try {
    await redis.flushdb()
    await redis.mset(...[...campaignOf].flat())
    const ended = await runMillrace([
      'run', `test/fuzz/topologies/${job.name}.ts`, '--brokers', servers.brokers.join(','), '--redis', url, '--workers', '2', '--until-caught-up', '--json',
    ], { env: { FUZZ_NAME: name, FUZZ_TOPIC: topic, FUZZ_MAX_RECORD_BYTES: String(maxRecordBytes) }, timeoutMs })
    const faults: string[] = []
    const output = ended.stdout + ended.stderr
    if (ended.code !== 0) faults.push(`it ended with ${ended.signal ?? `code ${ended.code}`}: ${ended.stderr.slice(-1_000)}`)
    if (output.includes(canary)) faults.push(`its output shows a payload: ${/.{0,80}canary-71d0.{0,40}/.exec(output)?.[0]}`)
    const offsets = await redis.hgetall(`{${name}}:offsets`)
    const stored = ends.map((_, partition) => offsets[`${topic}/${partition}`])
    if (!ends.every((end, partition) => Number(/\d+/.exec(stored[partition] ?? '')?.[0]) === end)) faults.push(`the stored offsets are ${JSON.stringify(offsets)}, the log ends at ${ends.join()}`)
    faults.push(...skipFaults(ended.stdout, oracle, ends.reduce((sum, end) => sum + end, 0)))
    const expected = oracle.expected()
    faults.push(...await differences(redis, expected, `{${name}}:`, new Set(campaignOf.keys())))
    let keys = 0
    for (const right of expected.values()) keys += 'list' in right ? 1 : right.hash.size
    return { job: job.name, records: ends.reduce((sum, end) => sum + end, 0), skipped: [...oracle.skipped.values()].reduce((sum, count) => sum + count, 0), keys, faults }
  } finally {
    await redis.flushdb()
    redis.disconnect()
  }
}

/** Every record was read once, and each component skipped as many tuples as it had to. */
function skipFaults(stdout: string, oracle: Oracle, records: number): string[] {
  const last = stdout.trim().split('\n').at(-1) ?? ''
  const { type, components } = JSON.parse(last) as { type: string; components: { component: string; kind: string; received: number; skipped: number }[] }
  if (type !== 'stopped') return [`its last word is ${last.slice(0, 100)}`]
  const faults: string[] = []
  for (const { component, kind, received, skipped } of components) {
    if (kind === 'spout' && received !== records) faults.push(`${component} read ${received} records instead of ${records}`)
    const right = oracle.skipped.get(component) ?? 0
    if (skipped !== right) faults.push(`${component} skipped ${skipped} tuples instead of ${right}`)
  }
  return faults
}
