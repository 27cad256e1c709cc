import type { Row } from '../row.ts'
import { thousands } from '../text-table.ts'
import { barChart } from './bar-chart.ts'

const titles: Readonly<Record<string, string>> = {
  'word-count': 'Word count: sentences of ten words a second',
  ads: 'Ads: events a second',
}

/** All contestants of one job, the fastest first. */
export function rowChart(job: string, rows: readonly Row[], { records, runs }: { readonly records: number; readonly runs: number }): string {
  const sorted = rows.filter((row) => row.job === job).sort((a, b) => b.recordsPerSecond - a.recordsPerSecond)
  return barChart({
    title: titles[job] ?? job,
    subtitle: `${thousands(records)} records from Kafka into Redis, every key checked; ${runs === 1 ? 'one run' : `medians of ${runs} runs`}`,
    groups: sorted.map(({ contestant }) => contestant),
    series: [
      { name: 'whole job', values: sorted.map(({ recordsPerSecond }) => recordsPerSecond) },
      { name: 'steady: between 20 and 90 % of the records', values: sorted.map(({ steadyPerSecond }) => steadyPerSecond) },
    ],
  })
}
