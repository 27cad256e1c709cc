import { lineChart } from '../plot/line-chart.ts'
import type { Axis } from '../plot/line-chart.ts'
import type { Row } from '../row.ts'
import { textTable, thousands } from '../text-table.ts'
import type { Sweep } from './sweeps.ts'

/** A contestant at one point of a sweep. */
export interface SweepRow extends Omit<Row, 'job' | 'ratios'> {
  readonly x: number
  readonly megabytesPerSecond: number
}

export function sweepTable({ axis }: Sweep, rows: readonly SweepRow[]): string {
  const head = [axis, 'contestant', 'records/s', 'MB/s', 'steady/s', 'CPU s/M', 'peak MB']
  return textTable(head, rows.map((row) => [
    thousands(row.x),
    row.contestant,
    thousands(row.recordsPerSecond),
    row.megabytesPerSecond.toFixed(1),
    row.steadyPerSecond === undefined ? '' : thousands(row.steadyPerSecond),
    row.cpuSecondsPerMillion.toFixed(2),
    String(Math.round(row.peakRssBytes / 1e6)),
  ]), 2)
}

const measures = {
  rate: { name: 'records/s', of: (row: SweepRow) => row.recordsPerSecond },
  bytes: { name: 'MB/s', of: (row: SweepRow) => row.megabytesPerSecond },
  cpu: { name: 'CPU seconds per million records', of: (row: SweepRow) => row.cpuSecondsPerMillion },
} as const
export type SweepMeasure = keyof typeof measures
export const sweepMeasures = Object.keys(measures) as SweepMeasure[]

export function sweepChart({ axis, title }: Sweep, measure: SweepMeasure, rows: readonly SweepRow[], runs: number): string {
  const { name, of } = measures[measure]
  const x: Axis = { name: axis, scale: 'log' }
  return lineChart({
    title: `${title}: ${name}`,
    subtitle: `from Kafka into Redis, every key checked; ${runs === 1 ? 'one run' : `medians of ${runs} runs`}`,
    x,
    y: { name, ...(measure === 'rate' ? {} : { scale: 'log' as const }) },
    series: [...new Set(rows.map(({ contestant }) => contestant))].map((contestant) => ({
      name: contestant,
      points: rows.filter((row) => row.contestant === contestant).map((row) => [row.x, of(row)] as const),
    })),
  })
}
