import type { DiskFile } from '../../journal/disk.ts'
import { batchAt, batchPrefixBytes } from '../../../wire/record-batch.ts'

/** Whole batches one behind the other. */
export interface BatchWindow {
  readonly bytes: Buffer
  /** Of its first byte in the file. */
  readonly position: number
}

const windowBytes = 1 << 20

/**
 * The batches in `[from, to)` of a segment, some 1 MiB at a time, each whole by its length field; ends
 * before the first that is not. Nothing else about them is checked.
 */
export async function* batchWindows(file: DiskFile, from: number, to: number): AsyncGenerator<BatchWindow> {
  let position = from
  let wanted = windowBytes
  while (to - position >= batchAt.records) {
    const bytes = Buffer.allocUnsafeSlow(Math.min(wanted, to - position))
    const read = await file.read(bytes, position)
    const end = wholeBatchesEnd(bytes, read)
    if (end > 0) {
      yield { bytes: bytes.subarray(0, end), position }
      position += end
      wanted = windowBytes
      continue
    }
    const size = read < batchAt.records ? -1 : batchSize(bytes, 0)
    if (size < 0 || size > to - position || size <= wanted) return
    wanted = size
  }
}

function wholeBatchesEnd(bytes: Buffer, length: number): number {
  let at = 0
  while (length - at >= batchAt.records) {
    const size = batchSize(bytes, at)
    if (size < 0 || size > length - at) break
    at += size
  }
  return at
}

function batchSize(bytes: Buffer, at: number): number {
  const size = batchPrefixBytes + bytes.readInt32BE(at + batchAt.length)
  return size < batchAt.records ? -1 : size
}
