import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HashValue } from '../../../../src/embedded/redis/keyspace/hash-value.ts'

const field = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'x'.repeat(70))
const change = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), field, content: fc.oneof(fc.integer(), fc.string({ maxLength: 3 })) }),
  fc.record({ kind: fc.constant('delete' as const), field }),
  fc.record({ kind: fc.constant('increment' as const), field, amount: fc.integer() }),
)

describe('a hash', () => {
  test('holds what a Map would, in the order in which the fields came', () => {
    fc.assert(fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const hash = new HashValue()
      const model = new Map<string, string | number>()
      for (const change of changes) {
        if (change.kind === 'set') {
          expect(hash.set(change.field, change.content)).toBe(!model.has(change.field))
          model.set(change.field, change.content)
        } else if (change.kind === 'delete') {
          expect(hash.delete(change.field)).toBe(model.delete(change.field))
        } else {
          const before = model.get(change.field)
          const sum = typeof before === 'number' ? before + change.amount : undefined
          expect(hash.increment(change.field, change.amount)).toBe(sum)
          if (sum !== undefined) model.set(change.field, sum)
        }
        expect(hash.size).toBe(model.size)
      }
      expect(Array.from(hash.entries(), ({ field, content }) => [field, content])).toEqual([...model])
      expect(new Set(Array.from({ length: hash.size }, (_, slot) => hash.atSlot(slot)!.field))).toEqual(new Set(model.keys()))
    }))
  })

  test('knows its size as if it had been made at once', () => {
    fc.assert(fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const hash = new HashValue()
      for (const change of changes) {
        if (change.kind === 'set') hash.set(change.field, change.content)
        else if (change.kind === 'delete') hash.delete(change.field)
        else hash.increment(change.field, change.amount)
      }
      const anew = new HashValue()
      for (const { field, content } of hash.entries()) anew.set(field, content)
      expect(hash.bytes).toBe(anew.bytes)
      expect(hash.copy().bytes).toBe(hash.bytes)
    }))
  })

  test('keeps out of the way of integers that are not safe', () => {
    const hash = new HashValue()
    hash.set('f', Number.MAX_SAFE_INTEGER)
    expect(hash.increment('f', 1)).toBeUndefined()
    expect(hash.get('f')).toBe(Number.MAX_SAFE_INTEGER)
  })

  test('is rebuilt by commands of bounded size', () => {
    const hash = new HashValue()
    for (let i = 0; i < 150; i++) hash.set(`f${i}`, i)
    const commands = [...hash.rebuild('k')]
    expect(commands.map((command) => command.length)).toEqual([130, 130, 46])
    expect(commands.flatMap((command) => command.slice(2))).toEqual(Array.from({ length: 150 }, (_, i) => [`f${i}`, String(i)]).flat())
  })

  test('counts as a table once a field is long or there are many', () => {
    const hash = new HashValue()
    for (let i = 0; i < 128; i++) hash.set(`f${i}`, i)
    expect(hash.encoding).toBe('listpack')
    hash.set('one more', 1)
    hash.delete('one more')
    expect(hash.encoding).toBe('hashtable')
  })
})
