import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redisWindows } from '../../src/redis/index.ts'
import { WriteSet } from '../../src/state/write-set.ts'
import { partOf, type HashPart } from '../../src/testing/writes-part.ts'
import type { BoltDefinition } from '../../src/topology/bolt.ts'
import { batchOf, byBatch, byRows } from '../bolts/both-ways.ts'
import { taskContext } from '../topology/task-context.ts'

const sink = redisWindows({ by: 'page' }) as BoltDefinition<never>
const page = fc.oneof(fc.constantFrom('', 'a', 'a:0', 'é', '数据流', 'x'.repeat(70)), fc.string({ unit: 'grapheme', maxLength: 9 }).map((text) => text.toWellFormed()))
const share = fc.record({ page, start: fc.oneof(fc.constantFrom(0, 10_000, -10_000, -0), fc.integer({ min: 0, max: 2 ** 42 }).map((n) => n * 10)), count: fc.integer({ min: 0, max: 1000 }) })

const columnsOf = (shares: readonly { page: string; start: number; count: number }[]) => ({ page: shares.map((one) => one.page), start: shares.map((one) => one.start), count: shares.map((one) => one.count) })

describe('the sink of windows', () => {
  it('adds up the shares of each window and lists its start once, as rows or as a batch', async () => {
    await fc.assert(fc.asyncProperty(fc.array(share, { minLength: 1, maxLength: 40 }), async (shares) => {
      const batch = batchOf(columnsOf(shares))
      const [one, other] = [await byRows(sink, batch), await byBatch(sink, batch)]
      expect(other.byBatch).toBe(true)
      expect([...one.failures, ...other.failures]).toEqual([])
      const { keys } = partOf(other.writes)
      expect(keys).toEqual(partOf(one.writes).keys)
      const right = new Map<string, number>()
      for (const { count, page, start } of shares) right.set(`${page}:${start}`, (right.get(`${page}:${start}`) ?? 0) + count)
      for (const [window, count] of right) expect((keys.get(window) as HashPart).sums).toEqual([['seen_count', count]])
      for (const { page, start } of shares) {
        const { onces } = keys.get(page) as HashPart
        expect(onces[0]).toEqual(['windows', { value: `${page}:windows`, list: undefined }])
        expect(onces.filter(([field]) => field === String(start))).toEqual([[String(start), { value: `${page}:${start}`, list: `${page}:windows` }]])
      }
    }))
  })

  it.each([
    ['a start between two milliseconds', { page: ['a'], start: [0.5], count: [1] }],
    ['half a count', { page: ['a', 'a'], start: [0, 0], count: [1, 0.5] }],
    ['a count that could make a sum inexact', { page: ['a'], start: [0], count: [2 ** 40] }],
    ['a start that is a text', { page: ['a'], start: ['0'], count: [1] }],
  ])('leaves a batch with %s to its rows', async (_, columns) => {
    const { byBatch: done } = await byBatch(sink, batchOf(columns))
    expect(done).toBe(false)
  })

  it('leaves a batch to its rows when a key holds something else, and has counted nothing of it', () => {
    for (const taken of ['a', 'b:10', 'b:windows']) {
      const writes = new WriteSet()
      writes.setAdd(taken, 'x')
      const batch = batchOf({ page: ['c', 'a', 'b'], start: [10, 10, 10], count: [1, 1, 1] })
      expect(sink.createTask(taskContext()).executeBatch!(batch, { writes, epoch: 0, emit: () => expect.unreachable() })).toBe(false)
      expect(Array.from(partOf(writes).keys.values()).flatMap((part) => (part.type === 'hash' ? [...part.sums, ...part.sets] : []))).toEqual([])
    }
  })

  it('gives the epoch up when a field of a window is written in another way', () => {
    const writes = new WriteSet()
    writes.hashSet('a:10', 'seen_count', 'many')
    const batch = batchOf({ page: ['a'], start: [10], count: [1] })
    expect(() => sink.createTask(taskContext()).executeBatch!(batch, { writes, epoch: 0, emit: () => expect.unreachable() })).toThrow(expect.objectContaining({ code: 'MR_RESULTS_CONFLICT' }))
  })
})
