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

/** Medians and 99 of 100, by rate. What was not held is left out: its latency only says how long it was measured. */
export function stepChart(steps: readonly Step[], seconds: number): string {
  const held = steps.filter((step) => step.held)
  return lineChart({
    title: 'Latency: record due → visible in Redis',
    subtitle: `word count, all records of ${seconds} s at each rate, from when they were due`,
    x: { name: 'records/s', scale: 'log' },
    y: { name: 'ms' },
    series: [...new Set(held.map(({ contestant }) => contestant))].flatMap((contestant) => ([['p50', '50 %'], ['p99', '99 %']] as const).map(([quantile, name]) => ({
      name: `${contestant}: ${name}`,
      points: held.filter((step) => step.contestant === contestant).map((step) => [step.recordsPerSecond, step[quantile]] as const),
    }))),
  })
}
