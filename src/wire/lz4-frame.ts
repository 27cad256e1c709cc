const magic = 0x184d2204
const blockSizes: readonly number[] = [0, 0, 0, 0, 65_536, 262_144, 1_048_576, 4_194_304]

/**
 * The most an lz4 frame can decompress to, told from the headers of its blocks, because the
 * decompressor takes no limit. Throws when the frame is broken.
 */
export function lz4Bound(bytes: Buffer): number {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== magic) throw new Error('no lz4 frame')
  const flags = bytes[4]!
  const blockSize = blockSizes[(bytes[5]! >> 4) & 7]!
  if (flags >> 6 !== 1 || blockSize === 0) throw new Error('an lz4 frame of a kind that is not known')
  const withContentSize = (flags & 0x08) !== 0
  const withDictionary = (flags & 0x01) !== 0
  const checksumBytes = (flags & 0x10) === 0 ? 0 : 4
  let p = 7 + (withContentSize ? 8 : 0) + (withDictionary ? 4 : 0)
  let bound = 0
  for (;;) {
    if (p + 4 > bytes.length) throw new Error('an lz4 frame is cut off')
    const size = bytes.readUInt32LE(p) & 0x7fffffff
    p += 4
    if (size === 0) return bound
    p += size + checksumBytes
    // A byte of lz4 gives 255 at most.
    bound += Math.min(blockSize, size * 255)
  }
}
