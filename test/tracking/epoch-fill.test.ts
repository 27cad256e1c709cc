import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EpochFill } from '../../src/tracking/epoch-fill.ts'

const bounds = { records: 1_000_000, cells: 40_000, bytes: 1_000_000 }

/** Reads `step` records at a time until the epoch is over; answers the records at which it was full, and over. */
function filled(cellsAt: (records: number) => number, shortCells: number, step = 100): { full: number; over: number } {
  const fill = new EpochFill(bounds)
  let full = 0
  for (let records = step; ; records += step) {
    const state = fill.look(records, cellsAt(records), 0, shortCells)
    if (state !== 'open' && full === 0) full = records
    if (state === 'over') return { full, over: records }
  }
}

describe('an epoch', () => {
  it('is full when its commit is long enough, and over a little later, where each record brings cells of its own', () => {
    expect(filled((records) => records, 5_000)).toEqual({ full: 5_000, over: 6_300 })
    expect(filled((records) => Math.floor(records / 10), 5_000)).toEqual({ full: 50_000, over: 62_500 })
  })

  it('goes on to its bounds where most records add to cells that are there', () => {
    expect(filled((records) => Math.min(10_000, 100 * Math.floor(records ** 0.5)), 5_000)).toEqual({ full: 1_000_000, over: 1_000_000 })
    expect(filled((records) => 30 * Math.floor(records ** 0.7), 5_000)).toMatchObject({ full: expect.any(Number) as number })
    expect(30 * filled((records) => 30 * Math.floor(records ** 0.7), 5_000).over ** 0.7).toBeGreaterThanOrEqual(39_900)
  })

  it('is judged by its last records, for partitions may come to the same keys one after another at first', () => {
    const { full, over } = filled((records) => (records < 10_000 ? Math.min(3_000, records) : records - 7_000), 5_000)
    expect(full).toBeGreaterThanOrEqual(12_000)
    expect(over).toBeLessThanOrEqual(26_000)
  })

  it('is not judged by what the first records bring', () => {
    const fill = new EpochFill(bounds)
    expect(fill.look(2_000, 6_000, 0, 5_000)).toBe('open')
    expect(fill.look(4_000, 8_000, 0, 5_000)).toBe('open')
    expect(fill.look(8_000, 24_000, 0, 5_000)).toBe('over')
  })

  it('is over at each of its bounds', () => {
    expect(new EpochFill(bounds).look(1_000_000, 0, 0, 5_000)).toBe('over')
    expect(new EpochFill(bounds).look(1, 40_000, 0, 50_000)).toBe('over')
    expect(new EpochFill(bounds).look(1, 0, 1_000_000, 5_000)).toBe('over')
  })

  it('never takes more cells than its bound and those of one look', () => {
    fc.assert(fc.property(fc.double({ min: 0.3, max: 1.2, noNaN: true }), fc.integer({ min: 10, max: 60_000 }), (power, shortCells) => {
      const { over } = filled((records) => Math.floor(records ** power), shortCells, 1_000)
      expect((over - 1_000) ** power).toBeLessThan(bounds.cells + 1)
    }))
  })
})
