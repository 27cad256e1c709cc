import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ListValue } from '../../../../src/embedded/redis/keyspace/list-value.ts'

const item = fc.constantFrom('a', 'b', 'c', 'long enough to count')
const change = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('pushLeft' as const, 'pushRight' as const), item }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('popLeft' as const, 'popRight' as const) }) },
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(50), item }),
  fc.record({ kind: fc.constant('set' as const), at: fc.nat(50), item }),
  fc.record({ kind: fc.constant('remove' as const), item, limit: fc.nat(4), fromRight: fc.boolean() }),
  fc.record({ kind: fc.constant('trim' as const), start: fc.nat(20), end: fc.nat(80) }),
)

function removed(items: readonly string[], item: string, limit: number, fromRight: boolean): string[] {
  const order = fromRight ? items.toReversed() : items
  let left = limit
  const kept = order.filter((other) => other !== item || left-- <= 0)
  return fromRight ? kept.reverse() : kept
}

describe('a list', () => {
  it('is what an array would be after the same changes', () => {
    fc.assert(fc.property(fc.array(change, { maxLength: 200, size: 'max' }), fc.nat(60), fc.nat(60), (changes, start, end) => {
      const list = new ListValue()
      let model: string[] = []
      for (const change of changes) {
        switch (change.kind) {
          case 'pushLeft':
          case 'pushRight':
            list[change.kind](change.item)
            if (change.kind === 'pushLeft') model.unshift(change.item)
            else model.push(change.item)
            break
          case 'popLeft':
          case 'popRight':
            expect(list[change.kind]()).toBe(change.kind === 'popLeft' ? model.shift() : model.pop())
            break
          case 'insert':
            list.insert(Math.min(change.at, model.length), change.item)
            model.splice(Math.min(change.at, model.length), 0, change.item)
            break
          case 'set':
            if (change.at >= model.length) break
            list.set(change.at, change.item)
            model[change.at] = change.item
            break
          case 'remove': {
            const left = removed(model, change.item, change.limit, change.fromRight)
            expect(list.remove(change.item, change.limit, change.fromRight)).toBe(model.length - left.length)
            model = left
            break
          }
          case 'trim':
            list.trim(change.start, change.end)
            model = model.slice(change.start, Math.max(change.start, change.end))
            break
        }
      }
      expect(list.slice(0, list.size)).toEqual(model)
      expect(list.slice(start, end)).toEqual(model.slice(start, Math.max(start, end)))
      expect(list.at(start)).toBe(model[start])
      expect(list.at(-1)).toBeUndefined()
      expect(list.bytes).toBe(list.copy().bytes)
    }), { numRuns: 200 })
  })
})
