import { barChart } from '../plot/bar-chart.ts'
import type { Result } from '../race.ts'
import { rowOf } from '../row.ts'
import { textTable, thousands } from '../text-table.ts'
import { features } from './features.ts'

/** Medians; ratios to the plain run, undefined when that failed. */
export interface FeatureRow {
  readonly feature: string
  readonly recordsPerSecond: number
  readonly cpuSecondsPerMillion: number
  readonly peakRssBytes: number
  readonly rateRatio: number | undefined
  readonly cpuRatio: number | undefined
}

export function featureRows(records: number, results: ReadonlyMap<string, readonly Result[]>): FeatureRow[] {
  const rows = [...results].flatMap(([feature, list]) => (list.length === 0 ? [] : [rowOf('word-count', feature, records, list)]))
  const plain = rows.find(({ contestant }) => contestant === features[0].name)
  return rows.map(({ contestant, recordsPerSecond, cpuSecondsPerMillion, peakRssBytes }) => ({
    feature: contestant,
    recordsPerSecond,
    cpuSecondsPerMillion,
    peakRssBytes,
    rateRatio: plain && recordsPerSecond / plain.recordsPerSecond,
    cpuRatio: plain && cpuSecondsPerMillion / plain.cpuSecondsPerMillion,
  }))
}

export function featureTable(rows: readonly FeatureRow[]): string {
  const head = ['word count, library bolts', 'records/s', 'ratio', 'CPU s/M', 'ratio', 'peak MB']
  return textTable(head, rows.map((row) => [
    row.feature,
    thousands(row.recordsPerSecond),
    row.rateRatio?.toFixed(2) ?? '',
    row.cpuSecondsPerMillion.toFixed(2),
    row.cpuRatio?.toFixed(2) ?? '',
    String(Math.round(row.peakRssBytes / 1e6)),
  ]), 1)
}

export function featureChart(rows: readonly FeatureRow[], runs: number): string {
  return barChart({
    title: 'Price of features, as ratios to the plain run',
    subtitle: `word count of library bolts, two workers; ${runs === 1 ? 'one run' : `medians of ${runs} runs`}`,
    groups: rows.map(({ feature }) => feature),
    series: [
      { name: 'records/s', values: rows.map(({ rateRatio }) => rateRatio) },
      { name: 'CPU per record', values: rows.map(({ cpuRatio }) => cpuRatio) },
    ],
  })
}
