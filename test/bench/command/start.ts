import { Command } from 'commander'
import { execFileSync } from 'node:child_process'
import { handLoop, millrace } from '../contestants.ts'
import type { Contestant } from '../contestants.ts'
import { barChart } from '../plot/bar-chart.ts'
import { withServers } from '../servers.ts'
import { coldStart, loadSome } from '../start/cold-start.ts'
import { recovery } from '../start/recovery.ts'
import { median } from '../statistics.ts'
import { textTable, thousands } from '../text-table.ts'
import { attempt } from './attempt.ts'
import { withJsonOption, withPlotsOption, writeFigures, writePlot } from './files.ts'
import { positive } from './positive.ts'

interface Options {
  readonly runs: number
  readonly rate: number
  readonly seconds: number
  readonly smoke?: true
  readonly json?: string
  readonly plots?: string
}

/** All runs, in ms. */
interface StartRow {
  readonly contestant: string
  readonly measure: string
  readonly runsMs: readonly number[]
}

export function startCommand(): Command {
  return withPlotsOption(withJsonOption(new Command('start')))
    .description('cold start, and kill -9 under load until caught up again')
    .option('--runs <n>', 'runs of each measure', positive, 5)
    .option('--rate <n>', 'records a second around the kill', positive, 50_000)
    .option('--seconds <n>', 'of load before the kill', positive, 5)
    .option('--smoke', '5,000 records/s, one run')
    .action(async (options: Options) => {
      await runStart(options.smoke ? { ...options, rate: 5000, seconds: 2, runs: 1 } : options)
    })
}

async function runStart({ runs, rate, seconds, json, plots }: Options): Promise<void> {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] })
  const ours = [millrace('functions', 2), millrace('bolts', 2)].map(built)
  const rows = new Map<string, { contestant: string; measure: string; runsMs: number[] }>()
  const note = (contestant: string, measure: string, ms: number): string => {
    const key = `${measure} ${contestant}`
    if (!rows.has(key)) rows.set(key, { contestant, measure, runsMs: [] })
    rows.get(key)!.runsMs.push(ms)
    return `${measure} ${ms.toFixed(0)} ms`
  }
  await withServers(async (servers) => {
    await loadSome(servers)
    for (let run = 1; run <= runs; run++) {
      for (const contestant of [...ours, handLoop(2)]) {
        await attempt(contestant.name, async () => note(contestant.name, 'spawned → first count', await coldStart(contestant, servers)))
      }
    }
    for (let run = 1; run <= runs; run++) {
      for (const contestant of ours) {
        await attempt(contestant.name, async () => {
          const { firstNew, caughtUp } = await recovery(contestant, { recordsPerSecond: rate, seconds }, servers)
          return [note(contestant.name, 'kill -9 → first new record', firstNew), note(contestant.name, 'kill -9 → caught up', caughtUp)].join(', ')
        })
      }
    }
  })
  const list = [...rows.values()].sort((a, b) => a.measure.localeCompare(b.measure))
  console.log(`\n${startTable(list)}\n`)
  console.log(`${thousands(rate)} records/s around the kill; caught up: no record due more than 250 ms ago is missing; all counts were right in the end. The hand loop has no place to go on from after a kill.`)
  await writeFigures(json, { runs, recordsPerSecond: rate, secondsBefore: seconds, rows: list })
  if (plots !== undefined) await writePlot(plots, 'start', startChart(list, rate))
}

/** Ours as `npm install millrace` delivers it: stripping the types of all sources takes longer than the rest of a start. */
function built(contestant: Contestant): Contestant {
  return { ...contestant, command: contestant.command.filter((argument) => argument !== '--conditions=source') }
}

function startTable(rows: readonly StartRow[]): string {
  return textTable(['measure', 'contestant', 'median ms', 'best', 'worst'], rows.map(({ measure, contestant, runsMs }) => [measure, contestant, ...[median(runsMs), Math.min(...runsMs), Math.max(...runsMs)].map((ms) => thousands(ms))]), 2)
}

function startChart(rows: readonly StartRow[], rate: number): string {
  const groups = [...new Set(rows.map(({ measure }) => measure))]
  return barChart({
    title: 'Start and restart, ms',
    subtitle: `medians; kill -9 under ${thousands(rate)} records/s`,
    groups,
    series: [...new Set(rows.map(({ contestant }) => contestant))].map((contestant) => ({
      name: contestant,
      values: groups.map((group) => {
        const row = rows.find((row) => row.measure === group && row.contestant === contestant)
        return row === undefined ? undefined : median(row.runsMs)
      }),
    })),
  })
}
