import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { ManualClock } from '../../../../src/base/manual-clock.ts'
import type { Database } from '../../../../src/embedded/redis/keyspace/database.ts'
import { HashValue } from '../../../../src/embedded/redis/keyspace/hash-value.ts'
import { Keyspace } from '../../../../src/embedded/redis/keyspace/keyspace.ts'
import { StringValue } from '../../../../src/embedded/redis/keyspace/string-value.ts'

let clock: ManualClock
let keyspace: Keyspace
let db: Database
let removed: string[]

beforeEach(() => {
  clock = new ManualClock()
  keyspace = new Keyspace(2, clock)
  db = keyspace.databases[0]!
  removed = []
  keyspace.listen({ removed: (_, key) => void removed.push(key), expiryPass: () => {} })
})

function put(key: string, text = 'v', livesMs?: number): StringValue {
  const value = StringValue.of(text)
  db.put(key, value)
  if (livesMs !== undefined) db.setExpiry(key, value, keyspace.nowMs + livesMs)
  return value
}

describe('a key past its time', () => {
  test('is gone for whoever looks at it, and the deletion is told', () => {
    put('k', 'v', 100)
    clock.pass(99)
    keyspace.tick()
    expect(db.find('k')).toBeDefined()
    clock.pass(1)
    keyspace.tick()
    expect(db.find('k')).toBeUndefined()
    expect(db.size).toBe(0)
    expect(removed).toEqual(['k'])
  })

  test('goes by itself when nobody looks at it, and memory with it', () => {
    for (let i = 0; i < 3000; i++) put(`k${i}`, 'v', 100 + (i % 50))
    expect(keyspace.usedBytes).toBeGreaterThan(0)
    clock.advance(1000)
    expect(db.size).toBe(0)
    expect(keyspace.usedBytes).toBe(0)
    expect(keyspace.expiredKeys).toBe(3000)
    expect(clock.nextTimerMs()).toBeUndefined()
  })

  test('stays when its time was moved or taken away meanwhile', () => {
    const later = put('later', 'v', 100)
    const never = put('never', 'v', 100)
    db.setExpiry('later', later, keyspace.nowMs + 10_000)
    db.setExpiry('never', never, undefined)
    put('other', 'v', 100)
    put('other', 'new')
    clock.advance(1000)
    expect([...db.keys()].sort()).toEqual(['later', 'never', 'other'])
    expect(db.expiringSize).toBe(1)
  })

  test('waits while the log is replayed', () => {
    keyspace.freeze()
    const value = StringValue.of('v')
    db.put('k', value)
    db.setExpiry('k', value, 5)
    expect(db.find('k')).toBe(value)
    keyspace.thaw()
    expect(db.find('k')).toBeUndefined()
  })
})

describe('memory', () => {
  test('is counted the same whatever way the keys came and went', () => {
    const key = fc.constantFrom('a', 'b', 'c')
    const change = fc.oneof(
      fc.record({ kind: fc.constantFrom('string', 'hash', 'delete', 'take', 'swap', 'clear'), key, text: fc.string({ maxLength: 5 }) }),
    )
    fc.assert(fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const keyspace = new Keyspace(2, new ManualClock())
      const [one, two] = keyspace.databases as readonly [Database, Database]
      for (const { kind, key, text } of changes) {
        const value = one.peek(key)
        if (kind === 'string') one.put(key, StringValue.of(text))
        else if (kind === 'delete') one.delete(key)
        else if (kind === 'swap') one.swap(two)
        else if (kind === 'clear') one.clear()
        else if (kind === 'take' && value !== undefined) {
          one.take(key, value)
          two.put(`${key}2`, value)
        } else if (kind === 'hash' && (value === undefined || value instanceof HashValue)) {
          const hash = one.getOrAdd(key, HashValue)
          hash.set(text, text)
          one.changed(key, hash)
        }
      }
      let anew = 0
      const fresh = new Keyspace(2, new ManualClock())
      for (const [i, database] of keyspace.databases.entries()) for (const [key, value] of database.entries()) fresh.databases[i]!.put(key, value.copy())
      anew = fresh.usedBytes
      expect(keyspace.usedBytes).toBe(anew)
      one.clear()
      two.clear()
      expect(keyspace.usedBytes).toBe(0)
    }))
  })
})

describe('who goes through all places from the last to the first', () => {
  test('meets every key that is there all the while, whatever comes and goes', () => {
    const name = fc.integer({ min: 0, max: 60 }).map((n) => `k${n}`)
    const step = fc.record({ come: fc.array(name, { maxLength: 5 }), go: fc.array(name, { maxLength: 5 }), seen: fc.integer({ min: 1, max: 7 }) })
    fc.assert(fc.property(fc.array(name, { maxLength: 50 }), fc.array(step, { minLength: 20, maxLength: 60 }), (first, steps) => {
      const db = new Keyspace(1, new ManualClock()).databases[0]!
      for (const key of first) db.put(key, StringValue.of('v'))
      const always = new Set(db.keys())
      const met = new Set<string>()
      let slot = db.size - 1
      for (const { come, go, seen } of steps) {
        for (let i = 0; i < seen && slot >= 0; i++, slot--) {
          const key = db.atSlot(slot)
          if (key !== undefined) met.add(key)
        }
        for (const key of go) if (db.delete(key)) always.delete(key)
        for (const key of come) db.put(key, StringValue.of('v'))
        slot = Math.min(slot, db.size - 1)
      }
      for (; slot >= 0; slot--) met.add(db.atSlot(slot)!)
      for (const key of always) expect(met).toContain(key)
    }))
  })
})

describe('a watcher', () => {
  test('is told of every change of its key and of no other', () => {
    const told: string[] = []
    const watcher = { keyChanged: (_: Database, key: string) => void told.push(key) }
    db.watch('k', watcher)
    put('other')
    put('k')
    db.delete('k')
    put('k', 'v', 10)
    clock.pass(20)
    keyspace.tick()
    db.peek('k')
    expect(told).toEqual(['k', 'k', 'k', 'k', 'k'])
    db.unwatch('k', watcher)
    put('k')
    expect(told).toHaveLength(5)
  })
})
