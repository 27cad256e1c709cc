import { describe, expect, it } from 'vitest'
import { steadyRate } from './steady-rate.ts'

describe('the steady rate', () => {
  it('is the slope between 20 and 90 % of the records, however slow the start and the end are', () => {
    const lines = [{ records: 100, atMs: 10_000 }, { records: 1000, atMs: 10_900 }]
    expect(steadyRate(0, lines, 1000)).toBeCloseTo(1000)
    expect(steadyRate(0, [...lines.slice(0, 1), { records: 950, atMs: 10_850 }, { records: 1000, atMs: 99_000 }], 1000)).toBeCloseTo(1000)
  })

  it('counts from the first fetch when the first line comes late', () => {
    expect(steadyRate(5000, [{ records: 1000, atMs: 6000 }], 1000)).toBeCloseTo(1000)
  })

  it('is unknown when the lines end before 90 %', () => {
    expect(steadyRate(0, [{ records: 899, atMs: 1000 }], 1000)).toBeUndefined()
    expect(steadyRate(0, [], 1000)).toBeUndefined()
  })
})
