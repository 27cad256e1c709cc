import { snappyCompress, snappyDecompress } from '@platformatic/wasm-utils'

/**
 * Java's client wraps snappy blocks in a stream of its own (xerial): an 8-byte magic, two versions,
 * then blocks with their length in front. librdkafka and others send one bare block. Both are read.
 */
const magic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const headerBytes = 16
const blockBytes = 32_768

export function unpackSnappy(bytes: Buffer, limitBytes: number, oversize: (bytes: number) => Error): Buffer {
  if (bytes.length < headerBytes || !bytes.subarray(0, magic.length).equals(magic)) return block(bytes, limitBytes, oversize)
  const blocks: Buffer[] = []
  let total = 0
  for (let p = headerBytes; p < bytes.length;) {
    const length = p + 4 <= bytes.length ? bytes.readInt32BE(p) : -1
    p += 4
    if (length < 0 || p + length > bytes.length) throw new Error('a snappy block runs past its batch')
    const unpacked = block(bytes.subarray(p, p + length), limitBytes - total, oversize)
    blocks.push(unpacked)
    total += unpacked.length
    p += length
  }
  return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks, total)
}

export function packSnappy(bytes: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes)
  magic.copy(header)
  header.writeInt32BE(1, 8)
  header.writeInt32BE(1, 12)
  const parts: Buffer[] = [header]
  for (let p = 0; p < bytes.length; p += blockBytes) {
    const packed = snappyCompress(bytes.subarray(p, p + blockBytes))
    const length = Buffer.alloc(4)
    length.writeInt32BE(packed.length)
    parts.push(length, packed)
  }
  return Buffer.concat(parts)
}

function block(bytes: Buffer, limitBytes: number, oversize: (bytes: number) => Error): Buffer {
  const size = declaredSize(bytes)
  if (size > limitBytes) throw oversize(size)
  // A byte of snappy gives some 22 at most: a block that says more is broken, and would be given the memory first.
  if (size > 64 * bytes.length) throw new Error('a snappy block declares a size it cannot have')
  return snappyDecompress(bytes)
}

/** A snappy block begins with its decompressed size as a varint. */
function declaredSize(bytes: Buffer): number {
  let size = 0
  for (let i = 0; i < 5; i++) {
    const byte = bytes[i]
    if (byte === undefined) break
    size += (byte & 127) * 2 ** (7 * i)
    if (byte < 128) return size
  }
  throw new Error('a snappy block has no size')
}
