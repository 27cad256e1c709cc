import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatStreamId, mostStreamId, parseStreamId, streamId } from '../../../../src/embedded/redis/keyspace/stream-id.ts'
import { StreamValue } from '../../../../src/embedded/redis/keyspace/stream-value.ts'

const text = fc.oneof(fc.constantFrom('f', 'g', '1', '-70000'), fc.integer().map(String), fc.string({ maxLength: 200, unit: 'grapheme-ascii' }))
const pairs = fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 4 }).map((list) => list.flat())
const change = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('append' as const), step: fc.integer({ min: 1, max: 3 }), pairs }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), at: fc.nat(400) }) },
  fc.record({ kind: fc.constant('keep' as const), count: fc.nat(300) }),
  fc.record({ kind: fc.constant('from' as const), at: fc.nat(400) }),
)

describe('a stream', () => {
  it('is a sorted list of entries, cut by exact trims to the entry', () => {
    fc.assert(fc.property(fc.array(change, { maxLength: 400, size: 'max' }), fc.nat(500), fc.nat(500), fc.nat(20), (changes, start, end, limit) => {
      const stream = new StreamValue()
      let model: { readonly id: bigint; readonly pairs: readonly string[] }[] = []
      let last = 0n
      for (const change of changes) {
        switch (change.kind) {
          case 'append':
            last += BigInt(change.step)
            stream.append(last, change.pairs)
            model.push({ id: last, pairs: change.pairs })
            break
          case 'delete': {
            const id = BigInt(change.at)
            expect(stream.delete(id)).toBe(model.some((entry) => entry.id === id))
            model = model.filter((entry) => entry.id !== id)
            break
          }
          case 'keep': {
            const kept = change.count === 0 ? [] : model.slice(-change.count)
            expect(stream.trim({ keep: change.count }, false, 0)).toBe(model.length - kept.length)
            model = kept
            break
          }
          case 'from': {
            const kept = model.filter(({ id }) => id >= BigInt(change.at))
            expect(stream.trim({ from: BigInt(change.at) }, false, 0)).toBe(model.length - kept.length)
            model = kept
            break
          }
        }
      }
      const most = limit === 0 ? Infinity : limit
      const inside = model.filter(({ id }) => id >= BigInt(start) && id <= BigInt(end))
      expect(stream.size).toBe(model.length)
      expect(stream.firstId).toBe(model[0]?.id ?? 0n)
      expect(stream.newestId).toBe(model.at(-1)?.id ?? 0n)
      expect(stream.range(0n, mostStreamId, Infinity)).toEqual(model)
      expect(stream.range(BigInt(start), BigInt(end), most)).toEqual(inside.slice(0, most))
      expect(stream.range(BigInt(start), BigInt(end), most, true)).toEqual(inside.toReversed().slice(0, most))
    }), { numRuns: 60 })
  })

  it('trims whole blocks of a hundred when it need not be exact', () => {
    const stream = new StreamValue()
    for (let i = 1n; i <= 350n; i++) stream.append(i, ['f', 'v'])
    expect(stream.blockIds).toEqual([1n, 101n, 201n, 301n])
    expect(stream.trim({ keep: 120 }, true, 0)).toBe(200)
    expect(stream.trim({ from: 340n }, true, 0)).toBe(100)
    expect(stream.firstId).toBe(301n)
  })

  it('stops an inexact trim before it would remove more than allowed', () => {
    const stream = new StreamValue()
    for (let i = 1n; i <= 350n; i++) stream.append(i, ['f', 'v'])
    expect(stream.trim({ keep: 0 }, true, 250)).toBe(200)
  })
})

describe('the id of a stream entry', () => {
  it('is read from what it is written as', () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: mostStreamId }), (id) => {
      expect(parseStreamId(formatStreamId(id), 7n)).toBe(id)
    }))
  })

  it.each([['5', streamId(5n, 7n)], ['05-01', streamId(5n, 1n)], ['18446744073709551615-18446744073709551615', mostStreamId]])('may be written %s', (text, id) => {
    expect(parseStreamId(text, 7n)).toBe(id)
  })

  it.each(['', '-', '+', '5-', '-5', 'x', '5-x', '18446744073709551616', `${'0'.repeat(130)}1`])('is not %o', (text) => {
    expect(parseStreamId(text, 0n)).toBeUndefined()
  })
})
