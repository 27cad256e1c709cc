import { MillraceError } from '../../errors.ts'
import type { DiskFile } from './disk.ts'
import { bodyLength, decodeFileHeader, entriesOf, fileHeaderBytes, frameHeaderBytes, isIntact } from './frame.ts'

export interface Recovered {
  /** Where the last intact frame ends; what is behind it was torn off by a crash. */
  readonly end: number
  readonly size: number
  readonly entries: number
  readonly snapshotEnd: number
}

const blockBytes = 1 << 20

/**
 * Hands out every entry in order. A damaged frame that intact ones follow is no torn end: something
 * that was written safely would be lost, so it throws MR_JOURNAL_CORRUPT.
 */
export async function recover(file: DiskFile, name: string, replay: (payload: Buffer) => void): Promise<Recovered> {
  const size = await file.size()
  const header = await block(file, 0, Math.min(size, fileHeaderBytes))
  const snapshotEnd = decodeFileHeader(header)
  if (snapshotEnd === undefined) {
    throw new MillraceError('MR_JOURNAL_CORRUPT', `${name} does not begin like a journal`, { place: { at: name }, remedy: 'restore the file from a copy; without it the server starts empty' })
  }
  let entries = 0
  let end = fileHeaderBytes
  let bytes = Buffer.alloc(0)
  let bytesAt = end
  for (;;) {
    if (size - end < frameHeaderBytes) break
    if (bytesAt + bytes.length - end < frameHeaderBytes) {
      bytes = await block(file, end, Math.min(blockBytes, size - end))
      bytesAt = end
    }
    const length = bodyLength(bytes, end - bytesAt)
    const frameBytes = frameHeaderBytes + length
    if (length >= 0 && end + frameBytes > size) break
    if (length >= 0 && end - bytesAt + frameBytes > bytes.length) {
      bytes = await block(file, end, Math.min(Math.max(blockBytes, frameBytes), size - end))
      bytesAt = end
    }
    const found = length >= 0 && isIntact(bytes, end - bytesAt, length) ? entriesOf(bytes, end - bytesAt, length) : undefined
    if (found === undefined) {
      await refuseIntactFrameAfter(file, name, end, length < 0 ? end + 1 : end + frameBytes, size)
      break
    }
    for (const entry of found) replay(entry)
    entries += found.length
    end += frameBytes
  }
  return { end, size, entries, snapshotEnd: Math.max(snapshotEnd, fileHeaderBytes) }
}

async function refuseIntactFrameAfter(file: DiskFile, name: string, damagedAt: number, from: number, size: number): Promise<void> {
  for (let at = from; at + frameHeaderBytes <= size; at += blockBytes) {
    const bytes = await block(file, at, Math.min(blockBytes + frameHeaderBytes - 1, size - at))
    for (let i = 0; i + frameHeaderBytes <= bytes.length && i < blockBytes; i++) {
      const length = bodyLength(bytes, i)
      if (length <= 0 || at + i + frameHeaderBytes + length > size) continue
      if (!isIntact(await block(file, at + i, frameHeaderBytes + length), 0, length)) continue
      throw new MillraceError('MR_JOURNAL_CORRUPT', `${name} is damaged at byte ${damagedAt}; what follows from byte ${at + i} on is intact`, {
        place: { at: name, offset: damagedAt },
        remedy: `restore the file from a copy, or cut it off (truncate -s ${damagedAt}) and lose what was written after that`,
      })
    }
  }
}

async function block(file: DiskFile, at: number, length: number): Promise<Buffer<ArrayBuffer>> {
  const bytes = Buffer.allocUnsafe(length)
  const read = await file.read(bytes, at)
  return bytes.subarray(0, read)
}
