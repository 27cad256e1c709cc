import { Command, InvalidArgumentError } from 'commander'
import { climb, climbers } from '../latency/ladder.ts'
import type { Step } from '../latency/ladder.ts'
import { quantiles, stepChart, stepTable } from '../latency/step-table.ts'
import { withServers } from '../servers.ts'
import { thousands } from '../text-table.ts'
import { attempt } from './attempt.ts'
import { chosen, withOnlyOption } from './contestant-option.ts'
import { withJsonOption, withPlotsOption, writeFigures, writePlot } from './files.ts'
import { numberList } from './number-list.ts'
import { positive } from './positive.ts'

interface Options {
  readonly rates: readonly number[]
  readonly seconds: number
  readonly warmUp: number
  readonly only: RegExp
  readonly smoke?: true
  readonly json?: string
  readonly plots?: string
}

export function latencyCommand(): Command {
  return withPlotsOption(withJsonOption(withOnlyOption(new Command('latency'))))
    .description('record due → visible in Redis, under loads by the clock')
    .option('--rates <list>', 'records a second, multiples of 200', rateList, [20_000, 50_000, 100_000, 200_000])
    .option('--seconds <n>', 'load that counts, at each rate', positive, 20)
    .option('--warm-up <n>', 'seconds of load before that', positive, 5)
    .option('--smoke', '2,000 and 10,000 records/s, 2 seconds each')
    .action(async (options: Options) => {
      await runLatency(options.smoke ? { ...options, rates: [2000, 10_000], seconds: 2, warmUp: 1 } : options)
    })
}

async function runLatency({ rates, seconds, warmUp, only, json, plots }: Options): Promise<void> {
  const field = chosen(climbers(), only)
  const steps: Step[] = []
  await withServers(async (servers) => {
    for (const recordsPerSecond of rates) {
      for (const contestant of field) {
        await attempt(`${thousands(recordsPerSecond)}/s  ${contestant.name}`, async () => {
          const step = await climb(contestant, { recordsPerSecond, seconds, warmUpSeconds: warmUp }, servers)
          steps.push(step)
          return `p50 ${step.p50.toFixed(0)} ms, p99 ${step.p99.toFixed(0)} ms${step.held ? '' : ', not held'}`
        })
      }
    }
  })
  console.log(`\n${stepTable(steps)}\n`)
  console.log('from when a record was due, not sent, until Redis had its count; all records, every count checked in the end. The hand loop writes every 40 ms here.')
  await writeFigures(json, { seconds, warmUpSeconds: warmUp, steps })
  if (plots === undefined) return
  for (const quantile of quantiles) await writePlot(plots, `latency-${quantile}`, stepChart(steps, quantile, seconds))
}

function rateList(text: string): number[] {
  const rates = numberList(text)
  if (rates.every((rate) => rate % 200 === 0)) return rates
  throw new InvalidArgumentError('multiples of 200 with commas between them')
}
