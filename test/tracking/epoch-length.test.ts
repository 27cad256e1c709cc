import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EpochLength, type Length } from '../../src/tracking/epoch-length.ts'

const shortCells = 10_000
const longCells = 300_000
/** What time allows. */
const mostRecords = 800_000

/** How many cells so many records of one epoch write. */
type Growth = (records: number) => number

/** Ten words a record, each of `words` as likely as the others. */
function even(words: number): Growth {
  return (records) => words * (1 - Math.exp((-10 * records) / words))
}

/** Heaps' law: new words come ever more slowly. */
function natural(power: number): Growth {
  return (records) => 30 * records ** power
}

/** A part of what each record writes is never written again. */
function partlyUnique(each: number, growth: Growth): Growth {
  return (records) => each * records + growth(records)
}

function unique(records: number): number {
  return 10 * records
}

/** Records of an epoch that ends at so many cells, or when its time is up. */
function recordsUntil(cells: number, growth: Growth): number {
  if (growth(mostRecords) <= cells) return mostRecords
  let from = 0
  let to = mostRecords
  while (to - from > 1) {
    const middle = (from + to) >> 1
    if (growth(middle) < cells) from = middle
    else to = middle
  }
  return to
}

/** Epochs one after another, each committed when the next has begun already, as in a coordinator. */
function run(lengths: EpochLength, growth: Growth, epochs: number, behind = true): Length[] {
  const given: Length[] = []
  for (let i = 0; i < epochs; i++) {
    given.push(lengths.next(behind))
    if (i > 0) commit(lengths, given[i - 1]!, growth)
  }
  return given
}

function commit(lengths: EpochLength, length: Length, growth: Growth): void {
  const records = recordsUntil(length === 'short' ? shortCells : longCells, growth)
  const cells = growth(records)
  if (length === 'long' || cells >= shortCells) lengths.committed(length, records, cells)
}

/** How many times the records for a cell a long epoch brings. */
function gain(growth: Growth): number {
  const [short, long] = [shortCells, longCells].map((cells) => recordsUntil(cells, growth)) as [number, number]
  return long / growth(long) / (short / growth(short))
}

function share(of: Length, given: readonly Length[]): number {
  return given.filter((length) => length === of).length / given.length
}

describe('the length of epochs', () => {
  it('is short at first, and always while caught up', () => {
    const lengths = new EpochLength()
    expect(lengths.next(true)).toBe('short')
    expect(new Set(run(lengths, even(100_000), 100, false))).toEqual(new Set(['short']))
  })

  it('becomes long after the first trial where words repeat in long epochs only', () => {
    const given = run(new EpochLength(), even(100_000), 200)
    expect(given.indexOf('long')).toBeLessThan(6)
    expect(share('long', given.slice(10))).toBeGreaterThan(0.9)
  })

  it('becomes long for natural words', () => {
    expect(share('long', run(new EpochLength(), natural(0.7), 200).slice(10))).toBeGreaterThan(0.9)
  })

  it('stays short where no key comes again, and tries less and less often', () => {
    const given = run(new EpochLength(), unique, 10_000)
    const trials = given.flatMap((length, i) => (length === 'long' ? [i] : []))
    expect(trials.length).toBeLessThan(15)
    expect(trials.at(-1)! - trials.at(-2)!).toBeGreaterThan(1_000)
  })

  it('stays short where keys repeat too rarely', () => {
    expect(share('short', run(new EpochLength(), even(10_000_000), 2_000))).toBeGreaterThan(0.99)
    expect(share('short', run(new EpochLength(), partlyUnique(9, even(1_000)), 2_000))).toBeGreaterThan(0.99)
  })

  it('tries nothing where epochs end before they are long', () => {
    expect(new Set(run(new EpochLength(), even(1_000), 1_000))).toEqual(new Set(['short']))
  })

  it('follows a stream that changes, from long to short within a few epochs', () => {
    const lengths = new EpochLength()
    run(lengths, even(100_000), 500)
    expect(share('short', run(lengths, unique, 100).slice(30))).toBeGreaterThan(0.9)
    expect(run(lengths, even(100_000), 2_000).slice(-10)).toContain('long')
  })

  it('is short while caught up, and long again when behind', () => {
    const lengths = new EpochLength()
    run(lengths, even(100_000), 50)
    expect(lengths.next(false)).toBe('short')
    expect(share('long', run(lengths, even(100_000), 50))).toBeGreaterThan(0.9)
  })

  it('goes on when the epoch of a trial is given up', () => {
    const lengths = new EpochLength()
    for (let i = 0; i < 100; i++) {
      if (lengths.next(true) === 'short') commit(lengths, 'short', even(100_000))
    }
    expect(share('long', run(lengths, even(100_000), 100).slice(10))).toBeGreaterThan(0.8)
  })

  it('learns nothing from epochs without results', () => {
    const lengths = new EpochLength()
    for (let i = 0; i < 100; i++) lengths.committed('long', 10, 0)
    expect(lengths.next(true)).toBe('short')
  })

  it('settles on long epochs where they bring 1.4 times the records for a cell or more, on short ones where less than 1.2', () => {
    const growths = fc.oneof(
      fc.double({ min: 3.5, max: 7.5, noNaN: true }).map((digits) => even(10 ** digits)),
      fc.double({ min: 0.6, max: 1, noNaN: true }).map(natural),
      fc.tuple(fc.double({ min: 0, max: 10, noNaN: true }), fc.double({ min: 3, max: 6, noNaN: true })).map(([each, digits]) => partlyUnique(each, even(10 ** digits))),
    )
    fc.assert(fc.property(growths, growths, (before, growth) => {
      const pays = gain(growth)
      fc.pre(growth(mostRecords) > shortCells && (pays >= 1.4 || pays < 1.2))
      const lengths = new EpochLength()
      run(lengths, before, 200)
      // A wait at its longest, then some epochs.
      const given = run(lengths, growth, 1_400).slice(-100)
      expect(share(pays >= 1.4 ? 'long' : 'short', given)).toBeGreaterThan(0.85)
    }))
  })
})
