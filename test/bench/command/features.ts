import { Command } from 'commander'
import { nodeProgram } from '../contestants.ts'
import { featureChart, featureRows, featureTable } from '../feature/feature-table.ts'
import { features } from '../feature/features.ts'
import { wordCountJob } from '../job.ts'
import { race } from '../race.ts'
import type { Result } from '../race.ts'
import { withServers } from '../servers.ts'
import { thousands } from '../text-table.ts'
import { attempt } from './attempt.ts'
import { withJsonOption, withPlotsOption, writeFigures, writePlot } from './files.ts'
import { positive } from './positive.ts'

interface Options {
  readonly records: number
  readonly runs: number
  readonly smoke?: true
  readonly json?: string
  readonly plots?: string
}

export function featuresCommand(): Command {
  return withPlotsOption(withJsonOption(new Command('features')))
    .description('what each feature costs, beside the plain word count')
    .option('--records <n>', 'sentences', positive, 4_000_000)
    .option('--runs <n>', 'runs of each', positive, 5)
    .option('--smoke', '50,000 records, one run')
    .action(async (options: Options) => {
      await runFeatures(options.smoke ? { ...options, records: 50_000, runs: 1 } : options)
    })
}

async function runFeatures({ records, runs, json, plots }: Options): Promise<void> {
  const results = new Map<string, Result[]>(features.map(({ name }) => [name, []]))
  await withServers(async (servers) => {
    const job = wordCountJob(records)
    await job.load(servers.brokers)
    for (let run = 1; run <= runs; run++) {
      for (const { name, options } of features) {
        const contestant = { name, command: [...nodeProgram('feature/program.ts'), name], threads: options.workers!, style: 'bolts' } as const
        await attempt(`${run}/${runs}  ${name}`, async () => {
          const result = await race(contestant, job, servers)
          results.get(name)!.push(result)
          return `${thousands(records / (result.jobMs / 1000))}/s, ${(result.cpuMs / 1000).toFixed(2)} CPU s`
        })
      }
    }
  })
  const rows = featureRows(records, results)
  console.log(`\n${featureTable(rows)}\n`)
  console.log(`${thousands(records)} records, first fetch → Redis holds the right result, every key checked; medians of ${runs}; with cold starts, so that differences in CPU say more`)
  await writeFigures(json, { records, runs, rows })
  if (plots !== undefined) await writePlot(plots, 'features', featureChart(rows, runs))
}
