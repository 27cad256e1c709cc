import { Command } from 'commander'
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { startKafka } from '../support/kafka-server.ts'
import { startRedis } from '../support/redis-server.ts'
import { brokerTable, raceBrokers } from './brokers.ts'
import { idleCpuPercent, soak } from './endurance.ts'
import type { Servers } from './endurance.ts'
import { adsJob, wordCountJob } from './job.ts'
import type { Job } from './job.ts'
import { race } from './race.ts'
import type { Contestant, Result } from './race.ts'
import { rowOf, table, withRatios } from './report.ts'
import type { Row } from './report.ts'

/**
 * `npm run bench`: our topologies beside the loop one would write by hand, on the same data, the same
 * servers and the same clock. Start to read in `race.ts`.
 */
const command = new Command('bench')
  .argument('[what]', '`jobs`: topologies beside a loop written by hand; `broker`: the embedded broker beside Apache Kafka', 'jobs')
  .option('--runs <n>', 'runs of each contestant on each job', Number, 3)
  .option('--records <n>', 'records of each job', Number, 2_000_000)
  .option('--job <name>', 'only this job: word-count or ads')
  .option('--only <text>', 'only contestants whose name holds this text')
  .option('--event-every-ms <n>', 'event time between two ads: 10 gives 193,000 windows for 2,000,000 events', Number, 10)
  .option('--json <file>', 'also write the figures as JSON')
  .option('--smoke', '100,000 records, one run')
  .option('--idle', 'measure the CPU of an idle topology instead')
  .option('--soak <minutes>', 'measure the memory under a steady flow instead', Number)
  .option('--megabytes <n>', 'bytes moved through a broker in each measure', Number, 200)
  .parse()
const options = command.opts<{ runs: number; records: number; megabytes: number; job?: string; only?: string; eventEveryMs: number; json?: string; smoke?: true; idle?: true; soak?: number }>()

const rival = 'hand loop, 2 threads'
const contestants: readonly Contestant[] = [
  { name: 'hand loop, 1 thread', program: 'hand-loop.ts', threads: 1 },
  { name: rival, program: 'hand-loop.ts', threads: 2 },
  { name: 'millrace functions, 2 workers', program: 'millrace.ts', threads: 2 },
  { name: 'millrace bolts, 2 workers', program: 'millrace.ts', threads: 2, style: 'bolts' },
  { name: 'millrace bolts, 1 worker', program: 'millrace.ts', threads: 1, style: 'bolts' },
]

process.once('SIGINT', () => process.exit(130))
const what = command.args[0] ?? 'jobs'
if (what !== 'jobs' && what !== 'broker') throw new Error(`nothing to measure is called ${what}: jobs or broker`)
const figures = what === 'broker' ? await benchBrokers() : await benchJobs()
if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`)

async function benchBrokers(): Promise<unknown> {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] })
  const brokers = await raceBrokers({ runs: options.smoke ? 1 : options.runs, megabytes: options.smoke ? 20 : options.megabytes, print: console.log })
  console.log(`\n${brokerTable(brokers)}`)
  return brokers
}

async function benchJobs(): Promise<unknown> {
  const [kafka, redis] = await Promise.all([startKafka({ jvm: 'fast', config: { 'log.retention.check.interval.ms': '10000' } }), startRedis()])
  try {
    return await measure({ brokers: kafka.brokers, redisUrl: redis.url })
  } finally {
    await Promise.all([kafka.stop(), redis.stop()])
  }
}

async function measure(servers: Servers): Promise<unknown> {
  if (options.idle) {
    const percent = await idleCpuPercent(servers, 30)
    console.log(`idle: ${percent.toFixed(1)} % of one core over 30 s`)
    return { idleCpuPercent: percent }
  }
  if (options.soak !== undefined) {
    const result = await soak(servers, options.soak, console.log)
    console.log(`soak: ${result.records} records, memory grows by ${result.slopeMbPerMinute.toFixed(2)} MB a minute`)
    return result
  }
  const records = options.smoke ? 100_000 : options.records
  const runs = options.smoke ? 1 : options.runs
  const rows: Row[] = []
  for (const job of jobs(records)) {
    console.log(`loading ${job.records} records of ${job.name} over ${job.partitions} partitions`)
    await job.load(servers.brokers)
    rows.push(...await raceAll(job, runs, servers))
  }
  const withRatio = withRatios(rows, rival)
  console.log(`\n${table(withRatio)}\n`)
  console.log(`records/s: first fetch → Redis holds the right result, every key checked; medians of ${runs}; ratio to: ${rival}`)
  return { records, runs, eventEveryMs: options.eventEveryMs, rows: withRatio }
}

function* jobs(records: number): Generator<Job> {
  if (options.job === undefined || options.job === 'word-count') yield wordCountJob(records)
  if (options.job === undefined || options.job === 'ads') yield adsJob(records, options.eventEveryMs)
}

/** The contestants take turns, so that a slow minute of the machine hits all alike. */
async function raceAll(job: Job, runs: number, servers: Servers): Promise<Row[]> {
  const chosen = contestants.filter((contestant) => contestant.name.includes(options.only ?? ''))
  const results = new Map<Contestant, Result[]>(chosen.map((contestant) => [contestant, []]))
  for (let run = 1; run <= runs; run++) {
    for (const contestant of chosen) {
      const result = await race(contestant, job, servers)
      results.get(contestant)!.push(result)
      console.log(`  ${job.name} ${run}/${runs}  ${contestant.name}: ${Math.round(job.records / result.jobMs)},000/s`)
    }
  }
  return [...results].map(([contestant, list]) => rowOf(job.name, contestant.name, job.records, list))
}
