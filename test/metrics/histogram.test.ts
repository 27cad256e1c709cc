import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Histogram } from '../../src/metrics/histogram.ts'

const duration = fc.double({ min: 0.001, max: 3_600_000, noNaN: true })
const durations = fc.array(duration, { minLength: 1, maxLength: 400 })

function recorded(samples: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const sample of samples) histogram.record(sample)
  return histogram
}

function nearestRank(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1]!
}

describe('histogram', () => {
  it('answers quantiles within 5 % of the sorted samples, and count and max exactly', () => {
    fc.assert(
      fc.property(durations, (samples) => {
        const { count, p50, p99, max } = recorded(samples).quantiles()
        expect(count).toBe(samples.length)
        expect(max).toBe(Math.max(...samples))
        for (const [share, answered] of [[0.5, p50], [0.99, p99]] as const) {
          const exact = nearestRank(samples, share)
          expect(Math.abs(answered - exact)).toBeLessThanOrEqual(exact * 0.05)
        }
        expect(p50).toBeLessThanOrEqual(p99)
        expect(p99).toBeLessThanOrEqual(max)
      }),
    )
  })

  it('merges histograms and their plain data as if all had been recorded in one', () => {
    fc.assert(
      fc.property(durations, durations, durations, (first, second, third) => {
        const merged = recorded(first)
        merged.merge(recorded(second))
        merged.merge(structuredClone(recorded(third).toData()))
        const all = recorded([...first, ...second, ...third])
        expect(merged.toData()).toEqual(all.toData())
        expect(merged.quantiles()).toEqual(all.quantiles())
      }),
    )
  })

  it('hands out data that can be transferred without losing its own', () => {
    const histogram = recorded([1, 2, 3])
    const data = histogram.toData()
    structuredClone(data, { transfer: [data.counts.buffer] })
    expect(data.counts.length).toBe(0)
    expect(histogram.quantiles().count).toBe(3)
    expect(histogram.toData().counts.length).toBeGreaterThan(0)
  })

  it('is all zero when empty', () => {
    expect(new Histogram().quantiles()).toEqual({ count: 0, p50: 0, p99: 0, max: 0 })
  })

  it('counts zero, negative and no number as 0, and what is beyond its range in the outer buckets', () => {
    expect(recorded([0, -1, Number.NaN]).quantiles()).toEqual({ count: 3, p50: 0, p99: 0, max: 0 })
    expect(recorded([1e-9]).quantiles()).toEqual({ count: 1, p50: 1e-9, p99: 1e-9, max: 1e-9 })
    expect(recorded([1e12]).quantiles()).toEqual({ count: 1, p50: 1e12, p99: 1e12, max: 1e12 })
  })
})
