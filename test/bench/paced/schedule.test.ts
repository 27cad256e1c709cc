import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { portionMs, Schedule } from './schedule.ts'

describe('a schedule', () => {
  it('has as many records due in a second as the rate says', () => {
    const schedule = new Schedule({ recordsPerSecond: 20_000, partitions: 8 }, 1000)
    expect(schedule.dueBy(999)).toBe(0)
    expect(schedule.dueBy(1000)).toBe(100)
    expect(schedule.dueBy(1999)).toBe(20_000)
    expect([0, 99, 100, 19_999].map((record) => schedule.dueAt(record))).toEqual([1000, 1000, 1005, 1995])
  })

  it('finds the first record of the next portion in each partition', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 9 }), fc.nat({ max: 2000 }), (portionRecords, partitions, offset) => {
      const schedule = new Schedule({ recordsPerSecond: (portionRecords * 1000) / portionMs, partitions }, 0)
      for (let partition = 0; partition < partitions; partition++) {
        const due = (at: number): number => schedule.dueAt(schedule.recordAt(partition, at))
        const next = schedule.nextPortion(partition, offset)
        expect(next).toBeGreaterThan(offset)
        expect(due(next)).toBeGreaterThan(due(offset))
        expect(due(next - 1)).toBe(due(offset))
      }
    }))
  })

  it('knows when the oldest record was due that is missing', () => {
    const schedule = new Schedule({ recordsPerSecond: 400, partitions: 2 }, 0)
    expect(schedule.oldestBeyond([0, 0])).toBe(0)
    expect(schedule.oldestBeyond([3, 2])).toBe(10)
  })
})
