/** Doubles as Redis 7.0 reads and writes them: C's `strtod`, and `printf("%.17g")`. */

const decimal = /^[ \t\n\v\f\r]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/
const hexadecimal = /^[ \t\n\v\f\r]*([+-]?)0[xX]([\da-fA-F]*)\.?([\da-fA-F]*)(?:[pP]([+-]?\d+))?/
const named = /^[ \t\n\v\f\r]*([+-]?)(infinity|inf|nan)/i
const digits = 17

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

/** The double a whole argument means, or undefined when Redis answers `value is not a valid float`. */
export function parseDouble(text: string): number | undefined {
  if (text === '' || /^[ \t\n\v\f\r]/.test(text)) return undefined
  const { value, length, outOfRange } = readDouble(text)
  return length !== text.length || outOfRange || Number.isNaN(value) ? undefined : value
}

/** The double as Redis 7.0 answers it: 17 significant digits, `inf`, `-inf`, `nan`, `-0`. */
export function doubleText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e17) return Object.is(value, -0) ? '-0' : String(value)
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
  const [mantissa, exponentText] = roundedHalfToEven(value).split('e') as [string, string]
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= digits) {
    const size = String(Math.abs(exponent)).padStart(2, '0')
    return `${withoutTrailingZeros(mantissa)}e${exponent < 0 ? '-' : '+'}${size}`
  }
  return withoutTrailingZeros(plainDecimal(mantissa, exponent))
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

/** `toExponential` rounds a tie up, C rounds it to the even digit. */
function roundedHalfToEven(value: number): string {
  const rounded = value.toExponential(digits - 1)
  const oneMore = value.toExponential(digits)
  const [mantissa, exponent] = oneMore.split('e') as [string, string]
  const evenBelow = mantissa.endsWith('5') && Number(mantissa.at(-2)) % 2 === 0
  return evenBelow && Number(oneMore) === value && isExactly(value, oneMore) ? `${mantissa.slice(0, -1)}e${exponent}` : rounded
}

/** Whether the decimal is the double itself, not only the nearest one to it. */
function isExactly(value: number, text: string): boolean {
  const [mantissa, exponentText] = text.split('e') as [string, string]
  const decimalPlaces = mantissa.length - mantissa.indexOf('.') - 1 - Number(exponentText)
  let whole = value
  let halvings = 0
  for (; !Number.isInteger(whole); halvings++) whole *= 2
  const [left, right] = [BigInt(mantissa.replace('.', '')) * 2n ** BigInt(halvings), BigInt(whole)]
  return decimalPlaces >= 0 ? left === right * 10n ** BigInt(decimalPlaces) : left * 10n ** BigInt(-decimalPlaces) === right
}

function plainDecimal(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith('-') ? '-' : ''
  const all = mantissa.replace(/[-.]/g, '')
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${all}`
  return `${sign}${all.slice(0, exponent + 1)}.${all.slice(exponent + 1)}`
}

function withoutTrailingZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
