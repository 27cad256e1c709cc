import { crc32c } from '../../base/crc32c.ts'

/**
 * The bytes of a journal, integers big-endian:
 *
 *     file header      0 magic and format version (8)    8 bytes the last snapshot ended at, f64
 *                     16 CRC-32C of 0 … 15 u32
 *     frame            0 body length u32    4 check of the length u32    8 CRC-32C of the body u32
 *                     12 body: entries, each with its length u32 in front
 *
 * A frame holds the entries appended in one turn of the event loop: they are there all or none. The
 * length has a check of its own, so a frame that was torn off by a crash (its end is missing) is
 * told from one that was damaged.
 */
export const fileHeaderBytes = 20
export const frameHeaderBytes = 12
export const entryHeaderBytes = 4

const magic = Buffer.from('mrjrnl\0\x01', 'latin1')

export function encodeFileHeader(snapshotEnd: number): Buffer {
  const bytes = Buffer.alloc(fileHeaderBytes)
  magic.copy(bytes)
  bytes.writeDoubleBE(snapshotEnd, 8)
  bytes.writeUInt32BE(crc32c(bytes.subarray(0, 16)), 16)
  return bytes
}

/** Where the last snapshot ended, or undefined when these bytes are no header of this format. */
export function decodeFileHeader(bytes: Buffer): number | undefined {
  if (bytes.length < fileHeaderBytes || magic.compare(bytes, 0, magic.length) !== 0) return undefined
  if (crc32c(bytes.subarray(0, 16)) !== bytes.readUInt32BE(16)) return undefined
  return bytes.readDoubleBE(8)
}

/** Fills in the header of a frame whose body is already behind it. */
export function sealFrame(frame: Buffer): void {
  const length = frame.length - frameHeaderBytes
  frame.writeUInt32BE(length, 0)
  frame.writeUInt32BE(lengthCheck(length), 4)
  frame.writeUInt32BE(crc32c(frame.subarray(frameHeaderBytes)), 8)
}

/** The length of the body, or -1 when there is no frame header at `at`. */
export function bodyLength(bytes: Buffer, at: number): number {
  if (bytes.length - at < frameHeaderBytes) return -1
  const length = bytes.readUInt32BE(at)
  return bytes.readUInt32BE(at + 4) === lengthCheck(length) ? length : -1
}

/** Whether a frame that is there as a whole is as it was written. */
export function isIntact(bytes: Buffer, at: number, length: number): boolean {
  const bodyAt = at + frameHeaderBytes
  return crc32c(bytes.subarray(bodyAt, bodyAt + length)) === bytes.readUInt32BE(at + 8)
}

/** The entries of an intact frame as views, or undefined when their lengths do not fit it. */
export function entriesOf(bytes: Buffer, at: number, length: number): Buffer[] | undefined {
  const entries: Buffer[] = []
  const end = at + frameHeaderBytes + length
  let next = at + frameHeaderBytes
  while (next < end) {
    if (end - next < entryHeaderBytes) return undefined
    const entryEnd = next + entryHeaderBytes + bytes.readUInt32BE(next)
    if (entryEnd > end) return undefined
    entries.push(bytes.subarray(next + entryHeaderBytes, entryEnd))
    next = entryEnd
  }
  return entries
}

/** Murmur3's final mix; zeros do not check out. */
function lengthCheck(length: number): number {
  let hash = length ^ 0x6d6a_726e
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
