import { Redis } from 'ioredis'
import { kafkaProducer, type KafkaProducer } from '../../src/kafka/kafka-producer.ts'
import { codecs } from '../../src/wire/codec.ts'
import { runMillrace, runProgram, type Ended } from '../support/millrace-process.ts'
import { createTopic, endOffsets } from '../support/topics.ts'
import { differences } from './compare.ts'
import { canary, hostileStream, type StreamedRecord } from './hostile-stream.ts'
import { campaignOf, fuzzJobs, maxRecordBytes, type FuzzJob } from './jobs.ts'
import { digestOf, letterFaults } from './letters.ts'
import { Tally, type Oracle } from './oracle.ts'
import { sendTransactions } from './transactions.ts'

export interface FuzzServers {
  readonly brokers: readonly string[]
  /** Without a database; the jobs use those from 1 on. */
  readonly redisUrl: string
}

/** What became of the records of one round in one job. */
export interface JobOutcome {
  readonly job: string
  readonly records: number
  /** Records that were skipped, or are dead letters. */
  readonly givenUp: number
  readonly keys: number
  /** Empty when all is right. */
  readonly faults: readonly string[]
}

const partitions = 4
const timeoutMs = 300_000

/** What a partition holds: records, those of them that a job must skip, and offsets without a record that counts. */
interface Sent {
  readonly records: number[]
  readonly gaps: readonly number[]
  /** By job, then by partition. */
  readonly givenUp: number[][]
  /** By job: those that are to be dead letters, how often each. */
  readonly dead: readonly Tally[]
}

/** Writes hostile records into a topic of their own, has every job read them, and holds what came out against the oracles. */
export async function fuzzRound(servers: FuzzServers, records: number, seed: number, jobs: readonly FuzzJob[] = fuzzJobs): Promise<JobOutcome[]> {
  const topic = `fuzz-${process.pid}-${seed}`
  await createTopic(servers.brokers, topic, partitions, { 'max.message.bytes': '10000000' })
  const oracles = jobs.map((job) => job.makeOracle())
  const sent = await send(servers.brokers, topic, records, seed, jobs, oracles)
  const ends = await endOffsets(servers.brokers, topic)
  const right = sent.records.map((count, partition) => count + sent.gaps[partition]!)
  if (ends.join() !== right.join()) throw new Error(`the log ends at ${ends.join()} instead of ${right.join()}`)
  const outcomes: JobOutcome[] = []
  for (const [i, job] of jobs.entries()) outcomes.push(await runJob(servers, topic, sent, job, i, oracles[i]!))
  return outcomes
}

async function send(brokers: readonly string[], topic: string, count: number, seed: number, jobs: readonly FuzzJob[], oracles: readonly Oracle[]): Promise<Sent> {
  const producers: KafkaProducer[] = await Promise.all(codecs.map((compression) => kafkaProducer({ brokers }, { compression })))
  const records = Array.from({ length: partitions }, () => 0)
  const givenUp = oracles.map(() => Array.from({ length: partitions }, () => 0))
  const dead = oracles.map(() => new Tally())
  const ads = [...campaignOf.keys()]
  const take = (record: StreamedRecord): void => {
    records[record.partition]!++
    for (const [i, oracle] of oracles.entries()) {
      if (oracle.take(record)) continue
      givenUp[i]![record.partition]!++
      if (jobs[i]!.policy === 'dead-letter') dead[i]!.add(digestOf(record))
    }
  }
  try {
    let number = 0
    for (const record of hostileStream(count, { seed, partitions, maxRecordBytes, ads })) {
      take(record)
      // In runs, so that batches become large enough to be compressed.
      await producers[Math.floor(number++ / 500) % producers.length]!.push({ topic, ...record })
    }
  } finally {
    await Promise.all(producers.map((producer) => producer.close()))
  }
  const inTransactions = [...hostileStream(40, { seed: seed + 1, partitions, maxRecordBytes, ads })]
  const gaps = await sendTransactions(brokers, topic, partitions, inTransactions, take)
  return { records, gaps, givenUp, dead }
}

async function runJob(servers: FuzzServers, topic: string, sent: Sent, job: FuzzJob, database: number, oracle: Oracle): Promise<JobOutcome> {
  const url = `${servers.redisUrl}/${1 + database}`
  const name = `${topic}-${database}`
  const redis = new Redis(url)
  try {
    await redis.flushdb()
    await redis.mset(...[...campaignOf].flat())
    const ended = await run(servers.brokers, url, job, { FUZZ_NAME: name, FUZZ_TOPIC: topic, FUZZ_POLICY: job.policy, FUZZ_MAX_RECORD_BYTES: String(maxRecordBytes) })
    const faults: string[] = []
    const records = sent.records.reduce((sum, count) => sum + count, 0)
    const output = ended.stdout + ended.stderr
    if (ended.code !== 0) faults.push(`it ended with ${ended.signal ?? `code ${ended.code}`}: ${ended.stderr.slice(-1_000)}`)
    if (output.includes(canary)) faults.push(`its output shows a payload: ${/.{0,80}canary-71d0.{0,40}/.exec(output)?.[0]}`)
    faults.push(...fateFaults(await redis.hgetall(`{${name}}:offsets`), await redis.hgetall(`{${name}}:fates`), topic, sent, job.policy, sent.givenUp[database]!))
    if (job.policy === 'dead-letter') faults.push(...await letterFaults(servers.brokers, name, sent.dead[database]!))
    else faults.push(...skipFaults(ended.stdout, oracle, records))
    const expected = oracle.expected()
    faults.push(...await differences(redis, expected, `{${name}}:`, new Set(campaignOf.keys())))
    let keys = 0
    for (const right of expected.values()) keys += 'list' in right ? 1 : right.hash.size
    return { job: job.name, records, givenUp: sent.givenUp[database]!.reduce((sum, count) => sum + count, 0), keys, faults }
  } finally {
    await redis.flushdb()
    redis.disconnect()
  }
}

/** On the command line, but for dead letters: that so many records fail is what its breaker is for. */
function run(brokers: readonly string[], url: string, { file, policy }: FuzzJob, env: Readonly<Record<string, string>>): Promise<Ended> {
  if (policy === 'dead-letter') return runProgram('test/fuzz/run-until-caught-up.ts', [`topologies/${file}`, brokers.join(','), url], { env, timeoutMs })
  return runMillrace(['run', `test/fuzz/topologies/${file}`, '--brokers', brokers.join(','), '--redis', url, '--workers', '2', '--until-caught-up', '--json'], { env, timeoutMs })
}

/** Of every partition: all of it is committed, and each offset of it is counted, given up or a gap. */
function fateFaults(offsets: Readonly<Record<string, string>>, fates: Readonly<Record<string, string>>, topic: string, { records, gaps }: Sent, policy: FuzzJob['policy'], givenUp: readonly number[]): string[] {
  return records.flatMap((count, partition) => {
    const name = `${topic}/${partition}`
    const end = count + gaps[partition]!
    const lost = givenUp[partition]!
    const right = `counted ${count - lost} skipped ${policy === 'skip' ? lost : 0} dead-lettered ${policy === 'skip' ? 0 : lost} gaps ${gaps[partition]!} from 0`
    return [
      ...(Number(/^\d+/.exec(offsets[name] ?? '')?.[0]) === end ? [] : [`${name} is stored as ${offsets[name]}, the log ends at ${end}`]),
      ...(fates[name] === right ? [] : [`${name} is told to be ${fates[name]} instead of ${right}`]),
    ]
  })
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
