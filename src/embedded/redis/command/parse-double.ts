const decimal = /^[ \t\n\v\f\r]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/
const hexadecimal = /^[ \t\n\v\f\r]*([+-]?)0[xX]([\da-fA-F]*)\.?([\da-fA-F]*)(?:[pP]([+-]?\d+))?/
const named = /^[ \t\n\v\f\r]*([+-]?)(infinity|inf|nan)/i

interface Read {
  readonly value: number
  /** How much of the text it took; 0 when it is no number. */
  readonly length: number
  /** Too large for a double, or so small that it became 0. */
  readonly outOfRange: boolean
}

/** The double at the start of the text, as C's `strtod` finds it. */
export function readDouble(text: string): Read {
  const name = named.exec(text)
  if (name !== null) {
    const value = name[2]!.toLowerCase() === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY
    return { value: name[1] === '-' ? -value : value, length: name[0].length, outOfRange: false }
  }
  const hex = hexadecimal.exec(text)
  if (hex !== null && hex[2]! + hex[3]! !== '') return readHexadecimal(hex)
  const match = decimal.exec(text)
  if (match === null) return { value: 0, length: 0, outOfRange: false }
  const value = Number(match[1])
  const tooSmall = value === 0 && /[1-9]/.test(match[1]!.split(/e/i, 1)[0]!)
  return { value, length: match[0].length, outOfRange: tooSmall || !Number.isFinite(value) }
}

function readHexadecimal(match: RegExpExecArray): Read {
  const [whole, sign, integer, fraction, exponent] = match
  const mantissa = BigInt(`0x${integer}${fraction}`)
  const size = scaled(mantissa, Number(exponent ?? 0) - 4 * fraction!.length)
  return { value: sign === '-' ? -size : size, length: whole.length, outOfRange: !Number.isFinite(size) || (size === 0 && mantissa !== 0n) }
}

/** `mantissa × 2^exponent`, rounded once, half to even. */
function scaled(mantissa: bigint, exponent: number): number {
  const length = mantissa === 0n ? 0 : mantissa.toString(2).length
  if (length === 0 || length + exponent < -1100) return 0
  if (length + exponent > 1100) return Number.POSITIVE_INFINITY
  // Numbers below the normal range keep fewer than 53 bits.
  const kept = Math.min(53, length + exponent + 1074)
  const dropped = length - kept
  if (dropped <= 0) return Number(mantissa) * 2 ** exponent
  if (kept < 0) return 0
  const shift = BigInt(dropped)
  const half = 1n << (shift - 1n)
  const rest = mantissa & ((1n << shift) - 1n)
  let rounded = mantissa >> shift
  if (rest > half || (rest === half && (rounded & 1n) === 1n)) rounded += 1n
  return timesPowerOfTwo(Number(rounded), exponent + dropped)
}

/** In two steps, because a single power of two may not be a double itself. */
function timesPowerOfTwo(value: number, exponent: number): number {
  const half = Math.trunc(exponent / 2)
  return value * 2 ** half * 2 ** (exponent - half)
}

/** The double a whole argument means, or undefined when Redis answers `value is not a valid float`. */
export function parseDouble(text: string): number | undefined {
  if (text === '' || /^[ \t\n\v\f\r]/.test(text)) return undefined
  const { value, length, outOfRange } = readDouble(text)
  return length !== text.length || outOfRange || Number.isNaN(value) ? undefined : value
}
