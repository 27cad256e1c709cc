import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Suspects } from '../../src/tracking/suspects.ts'

interface World {
  /** Next offset by partition. */
  readonly positions: Map<string, number>
  readonly latest: ReadonlyMap<string, number>
  readonly killers: Set<string>
}

/** Reads as the runtime does until everything is read; answers who was found, and how often a worker died. */
function search(world: World, ordinary: number): { found: string[]; deaths: number } {
  const suspects = new Suspects()
  const found: string[] = []
  let [deaths, attempts] = [0, 0]
  const places = () => Array.from(world.positions, ([partition, offset]) => ({ partition, offset }))
  while (places().some(({ partition, offset }) => offset < world.latest.get(partition)!)) {
    expect(++attempts).toBeLessThan(10_000)
    const { culprit } = suspects
    if (culprit !== undefined) {
      expect(world.positions.get(culprit.partition)).toBe(culprit.offset)
      found.push(`${culprit.partition}@${culprit.offset}`)
      world.positions.set(culprit.partition, culprit.offset + 1)
      suspects.over()
    }
    const ends = suspects.ends(places(), world.latest)
    // An ordinary attempt reads so many of each partition into its first epoch.
    const to = new Map(places().map(({ partition, offset }) => [partition, Math.min(world.latest.get(partition)!, ends?.get(partition) ?? offset + ordinary)]))
    const died = places().some(({ partition, offset }) => Array.from({ length: to.get(partition)! - offset }, (_, i) => `${partition}@${offset + i}`).some((name) => world.killers.has(name)))
    if (died) {
      deaths++
      suspects.died()
      continue
    }
    suspects.committed(places().reduce((records, { partition, offset }) => records + to.get(partition)! - offset, 0))
    for (const [partition, end] of to) world.positions.set(partition, end)
    if (ends !== undefined) suspects.passed()
  }
  return { found, deaths }
}

const partitionsOf = (lengths: readonly number[]) => new Map(lengths.map((length, i) => [`t/${i}`, length]))

describe('the search for the record that kills its worker', () => {
  it('finds every killer and nobody else, with a death for each halving', () => {
    const lengths = fc.array(fc.nat(300), { minLength: 1, maxLength: 4 })
    fc.assert(fc.property(lengths, fc.array(fc.record({ partition: fc.nat(3), offset: fc.nat(299) }), { maxLength: 4 }), fc.integer({ min: 1, max: 400 }), (lengths, wished, ordinary) => {
      const latest = partitionsOf(lengths)
      const killers = wished.filter(({ partition, offset }) => offset < (lengths[partition] ?? 0)).map(({ partition, offset }) => `t/${partition}@${offset}`)
      const world = { latest, positions: new Map(Array.from(latest.keys(), (partition) => [partition, 0])), killers: new Set(killers) }
      const { found, deaths } = search(world, ordinary)
      expect(found.toSorted()).toEqual(Array.from(world.killers).sort())
      expect(Object.fromEntries(world.positions)).toEqual(Object.fromEntries(latest))
      // Two to begin, one per halving of at most 1,200 records, two alone, and once the window is not known.
      expect(deaths).toBeLessThanOrEqual(world.killers.size * (2 + 11 + 2 + 1 + 1))
    }), { numRuns: 300 })
  })

  it('begins with the second death, unless much was committed in between', () => {
    const suspects = new Suspects()
    expect(suspects.died()).toBe(false)
    suspects.committed(32_768)
    expect(suspects.died()).toBe(false)
    suspects.committed(32_767)
    expect(suspects.died()).toBe(true)
    expect(suspects.searching).toBe(true)
  })

  it('accuses nobody who killed alone once only', () => {
    const suspects = new Suspects()
    const ends = (offset: number) => suspects.ends([{ partition: 't/0', offset }], new Map([['t/0', 1]]))
    suspects.died()
    suspects.died()
    expect(ends(0)).toEqual(new Map([['t/0', 1]]))
    expect(suspects.died()).toBe(true)
    expect(suspects.culprit).toBeUndefined()
    expect(ends(0)).toEqual(new Map([['t/0', 1]]))
    suspects.committed(1)
    suspects.passed()
    expect(ends(1)).toBeUndefined()
    expect([suspects.searching, suspects.culprit]).toEqual([false, undefined])
  })

  it('ends when much was read and nobody died', () => {
    const suspects = new Suspects()
    suspects.died()
    suspects.died()
    const sizes: number[] = []
    for (let offset = 0, end: number | undefined = 0; end !== undefined; offset = end) {
      end = suspects.ends([{ partition: 't/0', offset }], new Map([['t/0', 2 ** 30]]))?.get('t/0')
      if (end === undefined) break
      sizes.push(end - offset)
      suspects.passed()
    }
    expect(sizes).toEqual(Array.from({ length: 8 }, (_, i) => 32_768 * 2 ** i))
  })

  it('drops what was taken away from the process', () => {
    const suspects = new Suspects()
    const latest = new Map([['t/0', 100], ['t/1', 10]])
    suspects.died()
    suspects.died()
    expect(suspects.ends([{ partition: 't/0', offset: 0 }], latest)?.get('t/0')).toBe(100)
    suspects.died()
    expect(suspects.ends([{ partition: 't/1', offset: 0 }], latest)).toEqual(new Map([['t/1', 10]]))
  })
})
