import type { Result } from './race.ts'

/** Medians over the runs of one contestant on one job. */
export interface Row {
  readonly job: string
  readonly contestant: string
  readonly runs: number
  readonly recordsPerSecond: number
  /** The same with the start of the process counted in. */
  readonly wholeRecordsPerSecond: number
  /** recordsPerSecond in relation to the fastest hand loop. */
  readonly ratio: number | undefined
  readonly cpuSecondsPerMillion: number
  readonly peakRssBytes: number
}

export function rowOf(job: string, contestant: string, records: number, results: readonly Result[]): Row {
  return {
    job,
    contestant,
    runs: results.length,
    recordsPerSecond: records / (median(results.map((result) => result.jobMs)) / 1000),
    wholeRecordsPerSecond: records / (median(results.map((result) => result.wholeMs)) / 1000),
    ratio: undefined,
    cpuSecondsPerMillion: (median(results.map((result) => result.cpuMs)) / 1000) / (records / 1e6),
    peakRssBytes: median(results.map((result) => result.peakRssBytes)),
  }
}

/** Fills in the ratios: 1 is what `rival` did on the same job. */
export function withRatios(rows: readonly Row[], rival: string): Row[] {
  return rows.map((row) => {
    const other = rows.find((candidate) => candidate.job === row.job && candidate.contestant === rival)
    return other === undefined ? row : { ...row, ratio: row.recordsPerSecond / other.recordsPerSecond }
  })
}

export function table(rows: readonly Row[]): string {
  const head = ['job', 'contestant', 'records/s', 'ratio', 'with start', 'CPU s/M', 'peak MB']
  const cells = rows.map((row) => [
    row.job,
    row.contestant,
    thousands(row.recordsPerSecond),
    row.ratio?.toFixed(2) ?? '',
    thousands(row.wholeRecordsPerSecond),
    row.cpuSecondsPerMillion.toFixed(2),
    String(Math.round(row.peakRssBytes / 1e6)),
  ])
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]!.length)))
  const line = (row: readonly string[]): string => row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ').trimEnd()
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...cells.map(line)].join('\n')
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Least squares: how much `y` grows for each 1 of `x`. */
export function slope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const meanX = mean(points.map((point) => point.x))
  const meanY = mean(points.map((point) => point.y))
  let above = 0
  let below = 0
  for (const { x, y } of points) {
    above += (x - meanX) * (y - meanY)
    below += (x - meanX) ** 2
  }
  return below === 0 ? 0 : above / below
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}

function thousands(number: number): string {
  return Math.round(number).toLocaleString('en-US')
}
