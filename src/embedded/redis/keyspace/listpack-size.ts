const integer = /^(0|-?[1-9]\d{0,18})$/

/** What a listpack takes besides its elements, in bytes. */
export const listpackFrameBytes = 7

/**
 * How many bytes an element takes in Redis's listpack: integers are packed, short texts have a short
 * head, and the length is repeated behind. Streams begin a new block by it.
 */
export function listpackBytes(element: string): number {
  const value = integer.test(element) ? BigInt(element) : undefined
  const packed = value === undefined ? undefined : integerBytes(value)
  return withBackLength(packed ?? textBytes(element.length))
}

/** The same of an integer. */
export function listpackIntegerBytes(value: bigint): number {
  return withBackLength(integerBytes(value) ?? textBytes(String(value).length))
}

/** Undefined when it does not fit into 64 bits. */
function integerBytes(value: bigint): number | undefined {
  if (value >= 0n && value < 128n) return 1
  for (const [bits, bytes] of integerSizes) if (BigInt.asIntN(bits, value) === value) return bytes
  return undefined
}

const integerSizes = [
  [13, 2],
  [16, 3],
  [24, 4],
  [32, 5],
  [64, 9],
] as const

function textBytes(length: number): number {
  return length + (length < 64 ? 1 : length < 4096 ? 2 : 5)
}

function withBackLength(bytes: number): number {
  if (bytes <= 127) return bytes + 1
  if (bytes < 16_383) return bytes + 2
  if (bytes < 2_097_151) return bytes + 3
  return bytes + (bytes < 268_435_455 ? 4 : 5)
}
