import { describe, expect, it } from 'vitest'
import { Schedule } from '../paced/schedule.ts'
import { Latencies } from './latencies.ts'

/** Two records each 5 ms, one for each of two partitions. */
const schedule = new Schedule({ recordsPerSecond: 400, partitions: 2 }, 1000)

describe('latencies', () => {
  it('run from when each record was due until it was seen', () => {
    const latencies = new Latencies(schedule, 0, 8)
    expect(latencies.see([0, 0], 1001)).toBe(false)
    expect(latencies.see([3, 1], 1012)).toBe(false)
    expect(latencies.see([4, 4], 1030)).toBe(true)
    // due at 0, 5, 10, 15 in both: seen at 12, 12, 12, 30 and at 12, 30, 30, 30
    expect([0.125, 0.25, 0.5, 0.75, 0.875, 1].map((share) => latencies.quantile(share))).toEqual([2, 7, 12, 15, 20, 25])
  })

  it('leave out what warms up', () => {
    const latencies = new Latencies(schedule, 1015, 8)
    latencies.see([4, 4], 1030)
    expect([0.01, 1].map((share) => latencies.quantile(share))).toEqual([15, 15])
  })

  it('take what never came for seen at the end', () => {
    const latencies = new Latencies(schedule, 0, 8)
    latencies.see([4, 2], 1020)
    expect(latencies.giveUp(2000)).toBe(2)
    expect(latencies.quantile(1)).toBe(990)
  })

  it('grow when the reader cannot keep up', () => {
    const [steady, slow] = [new Latencies(schedule, 0, 800), new Latencies(schedule, 0, 800)]
    for (let count = 1; count <= 400; count++) {
      steady.see([count, count], 1000 + 5 * count)
      slow.see([count, count], 1000 + 6 * count)
    }
    expect(steady.growthMs()).toBe(0)
    expect(slow.growthMs()).toBeGreaterThan(250)
  })
})
