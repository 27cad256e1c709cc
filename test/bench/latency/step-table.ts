import { lineChart } from '../plot/line-chart.ts'
import { textTable, thousands } from '../text-table.ts'
import type { Step } from './ladder.ts'

export function stepTable(steps: readonly Step[]): string {
  const head = ['contestant', 'records/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'max ms', 'held', 'CPU %', 'producer late', 'look every']
  return textTable(head, steps.map((step) => [
    step.contestant,
    thousands(step.recordsPerSecond),
    ...[step.p50, step.p99, step.p999, step.max].map((ms) => ms.toFixed(0)),
    step.held ? 'yes' : 'no',
    step.cpuPercent.toFixed(0),
    `${step.producerLateMs.toFixed(0)} ms`,
    `${step.lookGapMs.toFixed(1)} ms`,
  ]), 1)
}

/** What the charts show, and how many of 1,000 records are below. */
const perMille = { p50: 500, p99: 990, p999: 999 } as const
export type Quantile = keyof typeof perMille
export const quantiles = Object.keys(perMille) as Quantile[]

/** By rate. What was not held is left out: its latency only says how long it was measured. */
export function stepChart(steps: readonly Step[], quantile: Quantile, seconds: number): string {
  const held = steps.filter((step) => step.held)
  return lineChart({
    title: `Latency: ${perMille[quantile] / 10} % of the records are visible in Redis within`,
    subtitle: `word count, from when a record was due; all records of ${seconds} s at each rate`,
    x: { name: 'records/s', scale: 'log' },
    y: { name: 'ms' },
    series: [...new Set(held.map(({ contestant }) => contestant))].map((contestant) => ({
      name: contestant,
      points: held.filter((step) => step.contestant === contestant).map((step) => [step.recordsPerSecond, step[quantile]] as const),
    })),
  })
}
