import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { lz4Compress, lz4Decompress } from '@platformatic/wasm-utils'
import { lz4Bound } from './lz4-frame.ts'
import { packSnappy, unpackSnappy } from './snappy-framing.ts'

/** By the number in a batch's attributes; 5 to 7 are not given to anybody. */
export const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

export type Codec = (typeof codecs)[number]

/** Thrown when bytes decompress to more than allowed. */
export class OversizeError extends Error {
  override readonly name = 'OversizeError'
}

/**
 * A block never decompresses to more than `limitBytes`: it throws {@link OversizeError} before.
 * Broken input throws whatever the codec throws.
 */
export function decompress(codec: Codec, bytes: Buffer, limitBytes: number): Buffer {
  switch (codec) {
    case 'gzip':
      return bounded(() => gunzipSync(bytes, { maxOutputLength: limitBytes }))
    case 'zstd':
      return bounded(() => zstdDecompressSync(bytes, { maxOutputLength: limitBytes }))
    case 'lz4':
      if (lz4Bound(bytes) > limitBytes) throw new OversizeError('an lz4 frame is too large')
      return lz4Decompress(bytes)
    case 'snappy':
      return unpackSnappy(bytes, limitBytes, (size) => new OversizeError(`a snappy block of ${size} bytes is too large`))
    default:
      return bytes
  }
}

/** Snappy comes in the xerial framing, as Java's client writes it. */
export function compress(codec: Codec, bytes: Buffer): Buffer {
  switch (codec) {
    case 'gzip':
      return gzipSync(bytes)
    case 'zstd':
      return zstdCompressSync(bytes)
    case 'lz4':
      return lz4Compress(bytes)
    case 'snappy':
      return packSnappy(bytes)
    default:
      return bytes
  }
}

function bounded(decompress: () => Buffer): Buffer {
  try {
    return decompress()
  } catch (thrown) {
    if (thrown instanceof RangeError) throw new OversizeError('a compressed block is too large', { cause: thrown })
    throw thrown
  }
}
