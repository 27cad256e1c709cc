import { Argument, Command } from 'commander'
import { handLoop, millrace } from '../contestants.ts'
import type { Contestant } from '../contestants.ts'
import type { Job } from '../job.ts'
import { race } from '../race.ts'
import type { Result } from '../race.ts'
import { rowOf } from '../row.ts'
import { withServers } from '../servers.ts'
import { sweepChart, sweepMeasures, sweepTable } from '../sweep/sweep-table.ts'
import type { SweepRow } from '../sweep/sweep-table.ts'
import { sweepNames, sweepOf } from '../sweep/sweeps.ts'
import type { SweepName, SweepPoint } from '../sweep/sweeps.ts'
import { thousands } from '../text-table.ts'
import { attempt } from './attempt.ts'
import { chosen, withOnlyOption } from './contestant-option.ts'
import { withJsonOption, withPlotsOption, writeFigures, writePlot } from './files.ts'
import { positive } from './positive.ts'

interface Options {
  readonly records: number
  readonly runs: number
  readonly only: RegExp
  readonly upTo: number
  readonly smoke?: true
  readonly json?: string
  readonly plots?: string
}

export function sweepCommand(): Command {
  return withPlotsOption(withJsonOption(withOnlyOption(new Command('sweep'))))
    .description('cost of the word count by number of partitions, by different words, by size of values')
    .addArgument(new Argument('<over>').choices(sweepNames))
    .option('--records <n>', 'records of ten words at each point', positive, 2_000_000)
    .option('--runs <n>', 'runs of each contestant at each point', positive, 3)
    .option('--up-to <n>', 'leave out the points beyond', positive, Infinity)
    .option('--smoke', '20,000 records, one run')
    .action(async (name: SweepName, options: Options) => {
      await runSweep(name, options.smoke ? { ...options, records: 20_000, runs: 1 } : options)
    })
}

async function runSweep(name: SweepName, { records, runs, only, upTo, json, plots }: Options): Promise<void> {
  const sweep = sweepOf(name, records)
  const field = chosen([millrace('bolts', 2), handLoop(2)], only)
  const rows = await withServers(async (servers) => {
    const all: SweepRow[] = []
    for (const point of sweep.points.filter(({ x }) => x <= upTo)) {
      const job = point.job()
      await job.load(servers.brokers)
      const results = new Map<Contestant, Result[]>(field.map((contestant) => [contestant, []]))
      for (let run = 1; run <= runs; run++) {
        for (const contestant of field) {
          await attempt(`${thousands(point.x)} ${sweep.axis} ${run}/${runs}  ${contestant.name}`, async () => {
            const result = await race(contestant, job, servers)
            results.get(contestant)!.push(result)
            return `${thousands(job.records / (result.jobMs / 1000))}/s`
          })
        }
      }
      for (const [contestant, list] of results) if (list.length > 0) all.push(sweepRow(point, contestant, job, list))
    }
    return all
  })
  console.log(`\n${sweepTable(sweep, rows)}\n`)
  console.log(`records/s: first fetch → Redis holds the right result, every key checked; steady: between 20 and 90 % of the records; medians of ${runs}`)
  await writeFigures(json, { over: name, records, runs, rows })
  if (plots === undefined) return
  for (const measure of sweepMeasures) await writePlot(plots, `${name}-${measure}`, sweepChart(sweep, measure, rows, runs))
}

function sweepRow({ x, valueBytes }: SweepPoint, contestant: Contestant, job: Job, results: readonly Result[]): SweepRow {
  const { job: _job, ratios: _ratios, ...row } = rowOf(job.name, contestant.name, job.records, results)
  return { x, ...row, megabytesPerSecond: (row.recordsPerSecond * valueBytes) / 1e6 }
}
