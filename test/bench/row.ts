import { handRival, javaRival } from './contestants.ts'
import type { Result } from './race.ts'
import { median } from './statistics.ts'
import { textTable, thousands } from './text-table.ts'

/** Medians over the runs of one contestant on one job. */
export interface Row {
  readonly job: string
  readonly contestant: string
  readonly runs: number
  /** The whole job: first fetch → Redis holds the right result. */
  readonly recordsPerSecond: number
  /** Between 20 % and 90 % of the input. */
  readonly steadyPerSecond: number | undefined
  /** The whole job with the start of the process. */
  readonly withStartPerSecond: number
  readonly cpuSecondsPerMillion: number
  readonly peakRssBytes: number
  readonly ratios: Ratios
}

/** What a rival did on the same job is 1; undefined where it did not take part. */
export interface Ratios {
  /** Whole job, to the hand loop on 2 threads. */
  readonly hand: number | undefined
  /** Whole job, to the plain Java loop on 2 threads. */
  readonly java: number | undefined
  /** Steady rate, to the same. */
  readonly javaSteady: number | undefined
}

const noRatios: Ratios = { hand: undefined, java: undefined, javaSteady: undefined }

export function rowOf(job: string, contestant: string, records: number, results: readonly Result[]): Row {
  const steady = results.flatMap(({ steadyPerSecond }) => (steadyPerSecond === undefined ? [] : [steadyPerSecond]))
  return {
    job,
    contestant,
    runs: results.length,
    recordsPerSecond: records / (median(results.map((result) => result.jobMs)) / 1000),
    steadyPerSecond: steady.length === 0 ? undefined : median(steady),
    withStartPerSecond: records / (median(results.map((result) => result.withStartMs)) / 1000),
    cpuSecondsPerMillion: (median(results.map((result) => result.cpuMs)) / 1000) / (records / 1e6),
    peakRssBytes: median(results.map((result) => result.peakRssBytes)),
    ratios: noRatios,
  }
}

export function withRatios(rows: readonly Row[]): Row[] {
  return rows.map((row) => {
    const rival = (name: string) => rows.find(({ job, contestant }) => job === row.job && contestant === name)
    const [hand, java] = [rival(handRival), rival(javaRival)]
    const ratio = (mine: number | undefined, other: number | undefined) => (mine === undefined || other === undefined ? undefined : mine / other)
    return {
      ...row,
      ratios: {
        hand: ratio(row.recordsPerSecond, hand?.recordsPerSecond),
        java: ratio(row.recordsPerSecond, java?.recordsPerSecond),
        javaSteady: ratio(row.steadyPerSecond, java?.steadyPerSecond),
      },
    }
  })
}

/** The columns of Java are left out where it did not take part. */
export function rowTable(rows: readonly Row[]): string {
  const withJava = rows.some(({ ratios }) => ratios.java !== undefined)
  const head = ['job', 'contestant', 'records/s', 'steady/s', 'ratio', ...(withJava ? ['to Java', 'steady'] : []), 'with start', 'CPU s/M', 'peak MB']
  const cells = rows.map((row) => [
    row.job,
    row.contestant,
    thousands(row.recordsPerSecond),
    row.steadyPerSecond === undefined ? '' : thousands(row.steadyPerSecond),
    row.ratios.hand?.toFixed(2) ?? '',
    ...(withJava ? [row.ratios.java?.toFixed(2) ?? '', row.ratios.javaSteady?.toFixed(2) ?? ''] : []),
    thousands(row.withStartPerSecond),
    row.cpuSecondsPerMillion.toFixed(2),
    String(Math.round(row.peakRssBytes / 1e6)),
  ])
  return textTable(head, cells, 2)
}
