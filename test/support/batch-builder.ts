import { crc32c } from '@platformatic/wasm-utils'

/** No batch grows far beyond this. */
export const maxBatchBytes = 500_000
const batchHeaderBytes = 61

/** One record batch of Kafka's format 2 after another, uncompressed, without an object per record. */
export class BatchBuilder {
  count = 0
  #bytes = Buffer.allocUnsafe(2 * maxBatchBytes)
  #end = batchHeaderBytes

  get sizeBytes(): number {
    return this.#end
  }

  append(value: string | Uint8Array): void {
    const valueBytes = typeof value === 'string' ? Buffer.byteLength(value) : value.length
    const delta = this.count++
    const bodyBytes = 1 + 1 + varintBytes(delta) + 1 + varintBytes(valueBytes) + valueBytes + 1
    if (this.#end + bodyBytes + 5 > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * (this.#end + bodyBytes + 5))
      this.#bytes.copy(larger, 0, 0, this.#end)
      this.#bytes = larger
    }
    const bytes = this.#bytes
    let at = writeVarint(bytes, this.#end, bodyBytes)
    bytes[at++] = 0 // attributes
    bytes[at++] = 0 // time after the batch's
    at = writeVarint(bytes, at, delta)
    bytes[at++] = 1 // no key: length -1
    at = writeVarint(bytes, at, valueBytes)
    if (typeof value === 'string') bytes.write(value, at, 'utf8')
    else bytes.set(value, at)
    at += valueBytes
    bytes[at++] = 0 // headers
    this.#end = at
  }

  /** The batch of what was appended since the last call; all its records have this time. */
  take(timestampMs: number): Buffer {
    const batch = Buffer.from(this.#bytes.subarray(0, this.#end))
    batch.writeBigInt64BE(0n, 0) // base offset, set by the broker
    batch.writeInt32BE(batch.length - 12, 8)
    batch.writeInt32BE(-1, 12) // leader epoch
    batch[16] = 2
    batch.writeInt16BE(0, 21) // attributes
    batch.writeInt32BE(this.count - 1, 23)
    batch.writeBigInt64BE(BigInt(timestampMs), 27)
    batch.writeBigInt64BE(BigInt(timestampMs), 35)
    batch.writeBigInt64BE(-1n, 43) // producer id
    batch.writeInt16BE(-1, 51)
    batch.writeInt32BE(-1, 53)
    batch.writeInt32BE(this.count, 57)
    batch.writeUInt32BE(crc32c(batch.subarray(21)) >>> 0, 17)
    this.count = 0
    this.#end = batchHeaderBytes
    return batch
  }
}

function varintBytes(value: number): number {
  let rest = value * 2
  let bytes = 1
  for (; rest > 0x7f; bytes++) rest = Math.floor(rest / 128)
  return bytes
}

/** Kafka's zigzag varint of a number that is not negative. */
function writeVarint(bytes: Buffer, at: number, value: number): number {
  let rest = value * 2
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[at++] = rest
  return at
}
