import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SortedSetValue } from '../../../../src/embedded/redis/keyspace/sorted-set-value.ts'

interface Scored {
  readonly member: string
  readonly score: number
}

const member = fc.oneof(fc.constantFrom('', 'a', 'aa', 'b', 'é', 'ÿ'), fc.integer({ min: 0, max: 300 }).map(String))
const score = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true }), fc.constantFrom(-0, Infinity, -Infinity))
const change = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('set' as const), member, score }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), member }) },
)

/** Slow and plain. */
class Model {
  readonly scores = new Map<string, number>()

  ordered(): Scored[] {
    return Array.from(this.scores, ([member, score]) => ({ member, score })).sort((a, b) => a.score - b.score || (a.member < b.member ? -1 : 1))
  }
}

const plain = (scored: readonly Scored[]): Scored[] => scored.map(({ member, score }) => ({ member, score: score === 0 ? 0 : score }))

/** Infinities have no difference to sort by. */
function finite(value: number): number {
  return value === Infinity ? Number.MAX_VALUE : value === -Infinity ? -Number.MAX_VALUE : value
}

describe('a sorted set', () => {
  it('has the order, the ranks and the ranges of a sorted list, whatever was added, moved and removed', () => {
    fc.assert(fc.property(fc.nat(1000), fc.array(change, { maxLength: 400, size: 'max' }), fc.array(fc.tuple(score, fc.nat(1500), fc.nat(1500)), { maxLength: 5 }), (already, changes, questions) => {
      const set = new SortedSetValue()
      const model = new Model()
      for (let i = 0; i < already; i++) {
        set.set(String(i), i % 7)
        model.scores.set(String(i), i % 7)
      }
      for (const { kind, member, ...rest } of changes) {
        if (kind === 'delete') {
          expect(set.delete(member)).toBe(model.scores.delete(member))
          continue
        }
        const score = finite((rest as { readonly score: number }).score)
        const before = model.scores.get(member)
        expect(set.set(member, score)).toBe(before === undefined ? 'added' : before === score ? 'same' : 'moved')
        model.scores.set(member, score)
      }
      const expected = model.ordered()
      expect(set.size).toBe(expected.length)
      expect(plain([...set])).toEqual(plain(expected))
      for (const [rank, { member, score }] of expected.entries()) {
        expect(set.rank(member)).toBe(rank)
        expect(set.score(member) === score).toBe(true)
      }
      for (const [score, start, end] of questions) {
        expect(set.countBelow(score, false)).toBe(expected.filter((scored) => scored.score < score).length)
        expect(set.countBelow(score, true)).toBe(expected.filter((scored) => scored.score <= score).length)
        expect(plain(set.slice(start, end))).toEqual(plain(expected.slice(start, Math.max(start, end))))
        expect(plain(set.sliceBackwards(start, end))).toEqual(plain(expected.slice(start, Math.max(start, end)).reverse()))
      }
    }), { numRuns: 60 })
  })

  it('stays in order when it grows to many thousands and shrinks to nothing', () => {
    const set = new SortedSetValue()
    const scores = new Map<string, number>()
    for (let i = 0; i < 60_000; i++) {
      const member = String((i * 7919) % 20_011)
      const score = (i * 104_729) % 1009
      if (i % 5 === 4) {
        set.delete(member)
        scores.delete(member)
      } else {
        set.set(member, score)
        scores.set(member, score)
      }
    }
    const ordered = (): Scored[] => Array.from(scores, ([member, score]) => ({ member, score })).sort((a, b) => a.score - b.score || (a.member < b.member ? -1 : 1))
    expect(plain([...set])).toEqual(ordered())
    expect(plain(set.sliceBackwards(0, Infinity))).toEqual(ordered().reverse())
    const members = [...scores.keys()]
    for (const [i, member] of members.entries()) {
      set.delete(member)
      scores.delete(member)
      if (i % 2000 === 0) expect(plain(set.slice(0, Infinity))).toEqual(ordered())
    }
    expect([...set]).toEqual([])
    expect(set.countBelow(5, true)).toBe(0)
    set.set('again', 1)
    expect(set.rank('again')).toBe(0)
  })

  it('finds members of one score by their bytes', () => {
    fc.assert(fc.property(fc.uniqueArray(member, { maxLength: 100 }), member, (members, asked) => {
      const set = new SortedSetValue()
      for (const each of members) set.set(each, 1)
      expect(set.countBelowMember(asked, false)).toBe(members.filter((each) => each < asked).length)
      expect(set.countBelowMember(asked, true)).toBe(members.filter((each) => each <= asked).length)
    }))
  })

  it('shows every member that stays to a scan, though others come and go between its steps', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(400), fc.boolean()), { minLength: 50, maxLength: 200 }), (changes) => {
      const set = new SortedSetValue()
      for (let i = 0; i < 200; i++) set.set(String(i), i)
      const staying = new Set([...set].map(({ member }) => member))
      const seen = new Set<string>()
      let slot = set.size
      for (const [number, added] of changes) {
        for (let i = 0; i < 3 && slot > 0; i++) seen.add(set.atSlot(--slot)!.member)
        const member = String(number)
        if (added) set.set(member, number)
        else if (set.delete(member)) staying.delete(member)
        slot = Math.min(slot, set.size)
      }
      while (slot > 0) seen.add(set.atSlot(--slot)!.member)
      for (const member of staying) expect(seen).toContain(member)
    }), { numRuns: 50 })
  })

  it('keeps the sign of zero only where Redis does, outside of a listpack', () => {
    const small = new SortedSetValue()
    small.set('a', -0)
    expect(Object.is(small.score('a'), 0)).toBe(true)
    const large = new SortedSetValue()
    large.set('x'.repeat(65), -0)
    expect(Object.is(large.score('x'.repeat(65)), -0)).toBe(true)
  })

  it('is a listpack up to 128 members of 64 bytes, and never again once it was more', () => {
    const set = new SortedSetValue()
    for (let i = 0; i < 128; i++) set.set(String(i), i)
    expect(set.encoding).toBe('listpack')
    set.set('one more', 1)
    expect(set.encoding).toBe('skiplist')
    for (let i = 0; i < 128; i++) set.delete(String(i))
    expect(set.encoding).toBe('skiplist')
  })
})
