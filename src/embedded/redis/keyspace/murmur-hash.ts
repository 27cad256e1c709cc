/** A 64-bit number in two halves. */
export interface Halves {
  high: number
  low: number
}

const factorHigh = 0xc6a4a793
const factorLow = 0x5bd1e995

/**
 * MurmurHash64A (Austin Appleby's MurmurHash2 for 64-bit machines) of a byte string, one character
 * for each byte; blocks are read as little endian. The result is written into `hash`, both halves as
 * unsigned 32-bit numbers: bigints would allocate at every step.
 */
export function murmurHash(bytes: string, seed: number, hash: Halves): void {
  const block: Halves = { high: 0, low: 0 }
  hash.high = 0
  hash.low = bytes.length
  multiply(hash)
  hash.low ^= seed
  const whole = bytes.length - (bytes.length % 8)
  for (let i = 0; i < whole; i += 8) {
    block.low = word(bytes, i)
    block.high = word(bytes, i + 4)
    multiply(block)
    shiftXor(block)
    multiply(block)
    hash.high ^= block.high
    hash.low ^= block.low
    multiply(hash)
  }
  if (whole < bytes.length) {
    hash.low ^= word(bytes, whole)
    hash.high ^= word(bytes, whole + 4)
    multiply(hash)
  }
  shiftXor(hash)
  multiply(hash)
  shiftXor(hash)
  hash.high >>>= 0
  hash.low >>>= 0
}

/** Four bytes; those behind the end are 0. */
function word(bytes: string, at: number): number {
  let value = 0
  for (let i = Math.min(at + 4, bytes.length) - 1; i >= at; i--) value = (value << 8) | bytes.charCodeAt(i)
  return value
}

/** By 47 bits to the right. */
function shiftXor(value: Halves): void {
  value.low ^= value.high >>> 15
}

/** Times the hash's factor, modulo 2^64. */
function multiply(value: Halves): void {
  const { high, low } = value
  value.low = Math.imul(low, factorLow)
  value.high = (Math.imul(high, factorLow) + Math.imul(low, factorHigh) + upperProduct(low >>> 0, factorLow)) | 0
}

/** The upper half of the product of two unsigned 32-bit numbers. */
function upperProduct(left: number, right: number): number {
  const leftLow = left & 0xffff
  const rightLow = right & 0xffff
  const leftHigh = left >>> 16
  const rightHigh = right >>> 16
  const middle = leftHigh * rightLow + ((leftLow * rightLow) >>> 16)
  const other = leftLow * rightHigh + (middle & 0xffff)
  return leftHigh * rightHigh + Math.floor(middle / 0x10000) + Math.floor(other / 0x10000)
}
