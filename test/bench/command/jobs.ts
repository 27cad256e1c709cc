import { Command, Option } from 'commander'
import { jobNames, type JobName } from '../assignment.ts'
import { atMostOnceContestants, handRival, javaRival, ownContestants } from '../contestants.ts'
import type { Contestant } from '../contestants.ts'
import { adsJob, wordCountJob } from '../job.ts'
import type { Job } from '../job.ts'
import { race } from '../race.ts'
import type { Result } from '../race.ts'
import { rowChart } from '../plot/row-chart.ts'
import { rivals } from '../rivals.ts'
import { rowOf, rowTable, withRatios } from '../row.ts'
import type { Row } from '../row.ts'
import { withServers } from '../servers.ts'
import type { Servers } from '../servers.ts'
import { thousands } from '../text-table.ts'
import { chosen, withOnlyOption } from './contestant-option.ts'
import { withJsonOption, withPlotsOption, writeFigures, writePlot } from './files.ts'
import { positive } from './positive.ts'

interface Options {
  readonly runs: number
  readonly records: number
  readonly eventEveryMs: number
  readonly job?: JobName
  readonly only: RegExp
  readonly atMostOnce?: true
  readonly peers?: true
  readonly smoke?: true
  readonly json?: string
  readonly plots?: string
}

export function jobsCommand(): Command {
  return withPlotsOption(withJsonOption(withOnlyOption(new Command('jobs'))))
    .description('topologies beside loops written by hand, on the same data, the same servers and the same clock')
    .option('--runs <n>', 'runs of each contestant on each job', positive, 3)
    .option('--records <n>', 'records of each job', positive, 2_000_000)
    .addOption(new Option('--job <name>', 'only this job').choices(jobNames))
    .option('--at-most-once', 'also millrace at most once')
    .option('--peers', 'also other clients and, where Java and Maven are found, a plain Java loop, Kafka Streams and Flink')
    .option('--event-every-ms <n>', 'event time between two ads: 10 gives 193,000 windows for 2,000,000 events', positive, 10)
    .option('--smoke', '50,000 records, one run, at most once by library bolts only')
    .action(async (options: Options) => {
      await runJobs(options.smoke ? { ...options, records: 50_000, runs: 1 } : options)
    })
}

async function runJobs(options: Options): Promise<void> {
  const { records, runs, eventEveryMs } = options
  const field = chosen(await contestants(options), options.only)
  const rows = withRatios(await withServers(async (servers) => {
    const all: Row[] = []
    for (const job of jobs(options)) {
      console.log(`loading ${job.records} records of ${job.name} over ${job.partitions} partitions`)
      await job.load(servers.brokers)
      all.push(...await raceAll(field, job, runs, servers))
    }
    return all
  }))
  console.log(`\n${rowTable(rows)}\n`)
  console.log(`records/s: first fetch → Redis holds the right result, every key checked; steady: between 20 and 90 % of the records; medians of ${runs}; ratio to: ${handRival}; to Java: ${javaRival}`)
  await writeFigures(options.json, { records, runs, eventEveryMs, rows })
  if (options.plots === undefined) return
  for (const job of new Set(rows.map((row) => row.job))) await writePlot(options.plots, job, rowChart(job, rows, options))
}

async function contestants({ atMostOnce, peers, smoke }: Options): Promise<readonly Contestant[]> {
  return [
    ...ownContestants,
    ...atMostOnce ? atMostOnceContestants : smoke ? atMostOnceContestants.slice(-1) : [],
    ...peers ? await rivals(console.log) : [],
  ]
}

function* jobs({ job, records, eventEveryMs }: Options): Generator<Job> {
  if (job === undefined || job === 'word-count') yield wordCountJob(records)
  if (job === undefined || job === 'ads') yield adsJob(records, eventEveryMs)
}

/** The contestants take turns, so that a slow minute of the machine hits all alike. */
async function raceAll(field: readonly Contestant[], job: Job, runs: number, servers: Servers): Promise<Row[]> {
  const results = new Map<Contestant, Result[]>(field.map((contestant) => [contestant, []]))
  for (let run = 1; run <= runs; run++) {
    for (const contestant of field) {
      const begin = `  ${job.name} ${run}/${runs}  ${contestant.name}`
      try {
        const result = await race(contestant, job, servers)
        results.get(contestant)!.push(result)
        console.log(`${begin}: ${thousands(job.records / (result.jobMs / 1000))}/s`)
      } catch (error) {
        // The others go on; the run as a whole counts as failed.
        process.exitCode = 1
        console.error(`${begin}: ${(error as Error).message}`)
      }
    }
  }
  return [...results].flatMap(([contestant, list]) => (list.length === 0 ? [] : [rowOf(job.name, contestant.name, job.records, list)]))
}
