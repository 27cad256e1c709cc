import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ExpiryQueue } from '../../../../src/embedded/redis/keyspace/expiry-queue.ts'

test('keys come out by the time they expire, and none before it', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 }), fc.integer({ min: 0, max: 50 }), fc.boolean(), (times, now, refilled) => {
    const queue = new ExpiryQueue()
    const entries = times.map((atMs, i) => [`${atMs}:${i}`, atMs] as const)
    if (refilled) queue.refill(entries)
    else for (const [key, atMs] of entries) queue.put(key, atMs)
    const taken: number[] = []
    for (let key = queue.take(now); key !== undefined; key = queue.take(now)) taken.push(Number(key.split(':')[0]))
    expect(taken).toEqual(times.filter((atMs) => atMs <= now).sort((a, b) => a - b))
    expect(queue.size).toBe(times.length - taken.length)
    expect(queue.nextMs).toBe(times.filter((atMs) => atMs > now).sort((a, b) => a - b)[0])
  }))
})
