import { describe, expect, it } from 'vitest'
import { handRival, javaRival } from './contestants.ts'
import type { Result } from './race.ts'
import { rowOf, rowTable, withRatios } from './row.ts'

const result = (jobMs: number, steadyPerSecond?: number): Result => ({ jobMs, withStartMs: 2 * jobMs, steadyPerSecond, cpuMs: 500, peakRssBytes: 1e8 })

describe('a row', () => {
  it('holds medians over the runs, the steady rate of those that told it', () => {
    expect(rowOf('ads', 'x', 1_000_000, [result(1000, 5), result(4000, 7), result(2000)])).toMatchObject({
      recordsPerSecond: 500_000, withStartPerSecond: 250_000, steadyPerSecond: 6, cpuSecondsPerMillion: 0.5, peakRssBytes: 1e8, runs: 3,
    })
  })

  it('is compared with the rivals on the same job, where they took part', () => {
    const rows = withRatios([
      rowOf('ads', handRival, 1000, [result(1000, 2000)]),
      rowOf('ads', javaRival, 1000, [result(500, 3000)]),
      rowOf('ads', 'x', 1000, [result(250, 6000)]),
      rowOf('word-count', 'x', 1000, [result(250, 6000)]),
    ])
    expect(rows.map(({ ratios }) => ratios)).toEqual([
      { hand: 1, java: 0.5, javaSteady: 2 / 3 },
      { hand: 2, java: 1, javaSteady: 1 },
      { hand: 4, java: 2, javaSteady: 2 },
      { hand: undefined, java: undefined, javaSteady: undefined },
    ])
    expect(rowTable(rows)).toContain('to Java')
    expect(rowTable(rows.slice(3))).not.toContain('to Java')
  })
})
