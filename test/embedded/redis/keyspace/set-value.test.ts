import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SetValue } from '../../../../src/embedded/redis/keyspace/set-value.ts'

const member = fc.oneof(fc.integer({ min: -50, max: 50 }).map(String), fc.constantFrom('a', '', '007', '-0', '9223372036854775807', '9223372036854775808'))

describe('a set', () => {
  it('holds what a set of JavaScript would hold, and counts its bytes', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.boolean(), member), { maxLength: 200, size: 'max' }), (changes) => {
      const set = new SetValue()
      const model = new Set<string>()
      for (const [added, member] of changes) {
        if (added) {
          expect(set.add(member)).toBe(!model.has(member))
          model.add(member)
        } else {
          expect(set.delete(member)).toBe(model.delete(member))
        }
      }
      expect(set.members().sort()).toEqual([...model].sort())
      expect(Array.from({ length: set.size }, (_, slot) => set.atSlot(slot)!).sort()).toEqual([...model].sort())
      expect(set.bytes).toBe(set.copy().bytes)
    }))
  })

  it('gives integers in their order as long as Redis keeps them sorted', () => {
    const set = new SetValue()
    for (const number of ['10', '-3', '9223372036854775807', '9', '-9223372036854775808', '0']) set.add(number)
    expect(set.encoding).toBe('intset')
    expect(set.members()).toEqual(['-9223372036854775808', '-3', '0', '9', '10', '9223372036854775807'])
  })

  it.each(['a', '007', '-0', '9223372036854775808', '1.5', ''])('is no longer sorted once it has held %o', (other) => {
    const set = new SetValue()
    set.add('1')
    set.add(other)
    set.delete(other)
    expect(set.encoding).toBe('hashtable')
  })

  it('is no longer sorted with more than 512 integers', () => {
    const set = new SetValue()
    for (let i = 0; i < 512; i++) set.add(String(i))
    expect(set.encoding).toBe('intset')
    set.add('512')
    expect(set.encoding).toBe('hashtable')
  })
})
