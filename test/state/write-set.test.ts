import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WriteSet } from '../../src/state/write-set.ts'
import { partOf, writeAgain } from '../../src/testing/writes-part.ts'

const word = fc.constantFrom('__proto__', 'constructor', 'toString', '数据流', '🐋', 'e\u0301', 'é', 'x'.repeat(300), '')
const write = fc.oneof(
  fc.record({ kind: fc.constant('hashAdd' as const), field: word, amount: fc.integer() }),
  fc.record({ kind: fc.constant('hashMax' as const), field: word, amount: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
  fc.record({ kind: fc.constant('setAdd' as const), field: word }),
  fc.record({ kind: fc.constant('sortedSetAdd' as const), field: word, amount: fc.integer({ min: -1000, max: 1000 }) }),
  fc.record({ kind: fc.constant('hyperLogLogAdd' as const), field: word }),
  fc.record({ kind: fc.constant('listPush' as const), field: word }),
  fc.record({ kind: fc.constant('hashSetOnce' as const), field: word }),
  fc.record({ kind: fc.constant('hashSet' as const), field: word, value: word }),
)

function apply(writes: WriteSet, one: typeof write extends fc.Arbitrary<infer T> ? T : never): void {
  switch (one.kind) {
    case 'hashAdd':
      return writes.hashAdd('counts', one.field, one.amount)
    case 'hashMax':
      return writes.hashMax('most', one.field, one.amount)
    case 'setAdd':
      return writes.setAdd('members', one.field)
    case 'sortedSetAdd':
      return writes.sortedSetAdd('scores', one.field, one.amount)
    case 'hyperLogLogAdd':
      return writes.hyperLogLogAdd('visitors', one.field)
    case 'listPush':
      return writes.listPush('list', one.field)
    case 'hashSet':
      return writes.hashSet('texts', one.field, one.value)
    case 'hashSetOnce':
      return writes.hashSetOnce('once', one.field, 'id', 'order')
  }
}

const plain = (writes: WriteSet) => partOf(writes).keys

describe('a write-set', () => {
  it('is the same whether written in one place or in two and merged', () => {
    fc.assert(fc.property(fc.array(write), fc.array(write), (first, second) => {
      const whole = new WriteSet()
      for (const one of [...first, ...second]) apply(whole, one)
      const merged = new WriteSet()
      for (const part of [first, second]) {
        const writes = new WriteSet()
        for (const one of part) apply(writes, one)
        writeAgain(partOf(writes), merged)
      }
      expect(plain(merged)).toEqual(plain(whole))
      expect(merged.cells).toBe(whole.cells)
    }))
  })

  it('holds nothing of the epoch before once it is cleared', () => {
    const used = new WriteSet()
    fc.assert(fc.property(fc.array(write), (list) => {
      const fresh = new WriteSet()
      used.clear()
      expect(used.empty).toBe(true)
      for (const one of list) for (const writes of [used, fresh]) apply(writes, one)
      expect(partOf(used)).toEqual(partOf(fresh))
      expect([used.cells, used.bytes]).toEqual([fresh.cells, fresh.bytes])
    }))
  })

  it('makes one number of a hot key', () => {
    const writes = new WriteSet()
    for (let i = 0; i < 1000; i++) writes.hashAdd('words', 'whale', 1)
    expect(writes.cells).toBe(1)
  })

  it('counts a cell for each field, member, element, entry and key', () => {
    const writes = new WriteSet()
    writes.hashAdd('a', 'x', 1)
    writes.hashSet('b', 'x', '1')
    writes.setAdd('c', 'x')
    writes.sortedSetAdd('d', 'x', 1)
    writes.hyperLogLogAdd('e', 'x')
    writes.stringSet('f', 'x')
    writes.stringSet('f', 'y')
    writes.listPush('g', 'x')
    writes.streamAppend('h', ['f', 'v'])
    expect(writes.cells).toBe(8)
  })

  it.each([
    ['a lone surrogate as field', (writes: WriteSet) => writes.hashAdd('a', '\ud800', 1), /lone surrogate/],
    ['a lone surrogate as key', (writes: WriteSet) => writes.setAdd('\ud800', 'a'), /lone surrogate/],
    ['half a count', (writes: WriteSet) => writes.hashAdd('a', 'x', 0.5), /0.5 cannot be added/],
    ['half a count on a counted field', (writes: WriteSet) => { writes.hashAdd('a', 'x', 1); writes.hashAdd('a', 'x', 0.5) }, /0.5 cannot be added/],
    ['NaN', (writes: WriteSet) => writes.hashMax('a', 'x', Number.NaN), /NaN cannot be added or compared/],
    ['a key of two types', (writes: WriteSet) => { writes.hashAdd('a', 'x', 1); writes.setAdd('a', 'x') }, /used as hash and as set/],
    ['a field written in two ways', (writes: WriteSet) => { writes.hashAdd('a', 'x', 1); writes.hashSet('a', 'x', 'y') }, /two ways/],
    ['an entry without a value', (writes: WriteSet) => writes.streamAppend('a', ['x']), /pairs/],
    ['a field that is no string', (writes: WriteSet) => writes.hashAdd('a', undefined as unknown as string, 1), /must be a string/],
  ])('refuses %s', (_, act, message) => {
    expect(() => act(new WriteSet())).toThrow(message)
  })

  it('counts expiries as work and weight, each key once, even without a result beside them', () => {
    const writes = new WriteSet()
    for (let i = 0; i < 3; i++) for (const key of ['a'.repeat(100), 'b'.repeat(100)]) writes.expireAt(key, 1_000 + i)
    expect(writes.cells).toBe(2)
    expect(writes.bytes).toBe(200)
    expect(writes.empty).toBe(false)
    writes.clear()
    expect([writes.cells, writes.bytes, writes.empty]).toEqual([0, 0, true])
  })
})
