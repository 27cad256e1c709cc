import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readFetchResponse } from '../../src/kafka/fetch-response.ts'

function hex(...parts: readonly string[]): Buffer {
  return Buffer.from(parts.join(''), 'hex')
}

const golden = Buffer.concat([
  hex('00000007', '0000', '00000000', '00000001'),
  hex('0001', '61', '00000002'),
  // partition 3: high watermark 9, last stable 8, one aborted transaction, 4 bytes of records
  hex('00000003', '0000', '0000000000000009', '0000000000000008', '0000000000000000', '00000001', '0000000000000005', '0000000000000002', 'ffffffff', '00000004', 'cafebabe'),
  // partition 4: an error, no aborted list, no records
  hex('00000004', '0006', 'ffffffffffffffff', 'ffffffffffffffff', 'ffffffffffffffff', 'ffffffff', 'ffffffff', 'ffffffff'),
])

test('reads a response, with the record sets left where they are', () => {
  const { throttleMs, errorCode, partitions } = readFetchResponse(golden, (code) => `E${code}`)
  expect({ throttleMs, errorCode }).toEqual({ throttleMs: 7, errorCode: 0 })
  expect(partitions).toMatchObject([
    { topic: 'a', partition: 3, error: undefined, highWatermark: 9, lastStableOffset: 8, aborted: [{ producerId: 5n, firstOffset: 2 }] },
    { topic: 'a', partition: 4, error: 'E6', highWatermark: -1, aborted: [] },
  ])
  const [first, second] = partitions
  expect(first?.bytes).toBe(golden)
  expect(golden.toString('hex', first?.at, first?.end)).toBe('cafebabe')
  expect(second?.end).toBe(second?.at)
})

test('a response cut off anywhere is refused', () => {
  fc.assert(fc.property(fc.nat(golden.length - 1), (length) => {
    expect(() => readFetchResponse(golden.subarray(0, length), String)).toThrow(RangeError)
  }))
})
