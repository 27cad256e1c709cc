import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { FetchedFrame } from '../../src/kafka/fetched-frame.ts'
import { PartitionQueue, type Chunk } from '../../src/kafka/partition-queue.ts'
import { batchEnd, scanBatches } from '../../src/wire/record-batch.ts'
import { encodeRecordBatch } from '../../src/wire/encode-record-batch.ts'

const batch = fc.record({ valueBytes: fc.oneof(fc.constantFrom(0, 65_000, 70_000, 200_000), fc.nat({ max: 30_000 })), gap: fc.nat({ max: 2 }) })

test('an answer is handed out in turns of whole batches that follow one another, and its bytes are given back after the last', () => {
  fc.assert(fc.property(fc.array(batch, { minLength: 1, maxLength: 12 }), fc.nat({ max: 50 }), (batches, behind) => {
    let offset = 100
    const sets = batches.map(({ gap, valueBytes }) => {
      offset += gap
      return encodeRecordBatch({ records: [{ offset: offset++, timestamp: 0, key: null, value: Buffer.alloc(valueBytes) }] })
    })
    // Brokers cut the last batch off.
    const bytes = Buffer.concat([...sets, sets[0]!.subarray(0, behind)])
    let givenBack = 0
    const { nextOffset } = scanBatches(bytes, 0, bytes.length, 100, 'words/0')
    const chunk: Chunk = { frame: new FetchedFrame(1, () => givenBack++), bytes, at: 0, end: bytes.length, wanted: 100, nextOffset, aborted: undefined }
    const queue = new PartitionQueue({ topic: 'words', partition: 0, offset: 100, limit: Number.MAX_SAFE_INTEGER, highBytes: 1 })
    expect(queue.offer(chunk)).toBe(true)

    const taken: Chunk[] = []
    for (let next = queue.take(); next !== undefined; next = queue.take()) {
      expect(givenBack).toBe(0)
      taken.push(next)
      if (taken.length > 1) taken.at(-2)!.frame!.letGo()
    }
    taken.at(-1)!.frame!.letGo()
    expect(givenBack).toBe(1)
    expect([queue.full, queue.empty]).toEqual([false, true])
    expect([taken[0]!.at, taken.at(-1)!.end, taken.at(-1)!.nextOffset]).toEqual([0, bytes.length, nextOffset])
    for (const [i, part] of taken.entries()) {
      expect(part.at).toBe(taken[i - 1]?.end ?? 0)
      expect(part.wanted).toBe(taken[i - 1]?.nextOffset ?? 100)
      expect(part.nextOffset).toBe(scanBatches(bytes, part.at, part.end, part.wanted, 'words/0').nextOffset)
      const first = batchEnd(bytes, part.at, part.end, 'words/0')
      expect(part.end - part.at, 'a turn is short unless one batch is longer').toBeLessThanOrEqual(Math.max(first - part.at, 2 ** 16 + 200_100) + behind)
    }
  }))
})
