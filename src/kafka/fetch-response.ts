import type { AbortedTransaction } from '../wire/aborted-transactions.ts'
import type { FetchedPartition } from './fetch-port.ts'

export interface FetchResponse {
  readonly throttleMs: number
  readonly errorCode: number
  readonly partitions: readonly Omit<FetchedPartition, 'frame'>[]
}

/**
 * Fetch response, version 11; record sets stay where they are:
 *
 *     throttle i32, error i16, session i32, topics [
 *       name string, partitions [
 *         partition i32, error i16, high watermark i64, last stable offset i64, log start i64,
 *         aborted transactions [producer id i64, first offset i64], preferred replica i32,
 *         record set: length i32, bytes ] ]
 *
 * Throws RangeError when the bytes end too early.
 */
export function readFetchResponse(bytes: Buffer, errorType: (code: number) => string): FetchResponse {
  let p = 0
  const int32 = (): number => {
    const value = bytes.readInt32BE(p)
    p += 4
    return value
  }
  const int16 = (): number => {
    const value = bytes.readInt16BE(p)
    p += 2
    return value
  }
  const int64 = (): bigint => {
    const value = bytes.readBigInt64BE(p)
    p += 8
    return value
  }
  const throttleMs = int32()
  const errorCode = int16()
  p += 4 // session
  const partitions: Omit<FetchedPartition, 'frame'>[] = []
  for (let topics = int32(); topics > 0; topics--) {
    const length = int16()
    const topic = bytes.toString('utf8', p, p + length)
    p += length
    for (let count = int32(); count > 0; count--) {
      const partition = int32()
      const code = int16()
      const highWatermark = Number(int64())
      const lastStableOffset = Number(int64())
      p += 8 // log start
      const aborted: AbortedTransaction[] = []
      for (let listed = int32(); listed > 0; listed--) aborted.push({ producerId: int64(), firstOffset: Number(int64()) })
      p += 4 // preferred replica
      const size = Math.max(0, int32())
      const at = p
      p += size
      if (p > bytes.length) throw new RangeError('a fetch response is cut off')
      partitions.push({ topic, partition, error: code === 0 ? undefined : errorType(code), highWatermark, lastStableOffset, aborted, bytes, at, end: p })
    }
  }
  return { throttleMs, errorCode, partitions }
}
