/**
 * The 80-bit floating point of x86, in which Redis adds INCRBYFLOAT and HINCRBYFLOAT: 64 bits of mantissa,
 * every operation rounded to the nearest, ties to even. The value is `mantissa × 2^exponent`.
 */
export interface LongDouble {
  readonly mantissa: bigint
  readonly exponent: number
  readonly infinite?: true
}

const precision = 64
const smallestExponent = -16_445
const largestBits = 16_384
const longestText = 5 * 1024 - 1
const decimal = /^([+-]?)(?:(\d+)\.?(\d*)|\.(\d+))(?:[eE]([+-]?\d+))?$/
const hexadecimal = /^([+-]?)0[xX](?:([\da-fA-F]+)\.?([\da-fA-F]*)|\.([\da-fA-F]+))(?:[pP]([+-]?\d+))?$/
const infinity = /^([+-]?)inf(?:inity)?$/i
/** Beyond it every number is too large or too small. */
const farthestExponent = 30_000

/** As C's strtold reads a whole text; undefined for what is no number, too large, or so small that it becomes 0. */
export function parseLongDouble(text: string): LongDouble | undefined {
  if (text.length === 0 || text.length > longestText) return undefined
  const infinite = infinity.exec(text)
  if (infinite !== null) return { mantissa: infinite[1] === '-' ? -1n : 1n, exponent: 0, infinite: true }
  const parts = hexadecimal.exec(text)
  const base = parts === null ? 10 : 16
  const match = parts ?? decimal.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', onlyFraction = '', exponentText = '0'] = match
  const places = fraction + onlyFraction
  const digits = BigInt(`${base === 16 ? '0x' : ''}0${whole}${places}`.replace(/^00x/, '0x')) * (sign === '-' ? -1n : 1n)
  if (digits === 0n) return { mantissa: 0n, exponent: 0 }
  const exponent = Number(exponentText)
  if (Math.abs(exponent) > farthestExponent) return undefined
  const result = base === 16 ? rounded(digits, 1n, exponent - 4 * places.length) : scaled(digits, exponent - places.length)
  return result.infinite === true || result.mantissa === 0n ? undefined : result
}

export function isInfinite(value: LongDouble): boolean {
  return value.infinite === true
}

/** Undefined when infinities of both signs meet. */
export function addLongDoubles(a: LongDouble, b: LongDouble): LongDouble | undefined {
  if (a.infinite === true) return b.infinite === true && a.mantissa !== b.mantissa ? undefined : a
  if (b.infinite === true) return b
  const exponent = Math.min(a.exponent, b.exponent)
  const sum = (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent))
  return rounded(sum, 1n, exponent)
}

/** As C's printf writes it with `%.17Lf`, without the zeros at its end: how Redis stores the sum. */
export function longDoubleText({ mantissa, exponent }: LongDouble): string {
  const scale = 10n ** 17n
  const magnitude = (mantissa < 0n ? -mantissa : mantissa) * scale
  const digits = (exponent >= 0 ? magnitude << BigInt(exponent) : divided(magnitude, 1n << BigInt(-exponent))).toString().padStart(18, '0')
  const fraction = digits.slice(-17).replace(/0+$/, '')
  const text = `${digits.slice(0, -17)}${fraction === '' ? '' : `.${fraction}`}`
  return mantissa < 0n && text !== '0' ? `-${text}` : text
}

function scaled(digits: bigint, tens: number): LongDouble {
  return tens >= 0 ? rounded(digits * 10n ** BigInt(tens), 1n, 0) : rounded(digits, 10n ** BigInt(-tens), 0)
}

/** `numerator / denominator × 2^exponent` with as many bits as there are. */
function rounded(numerator: bigint, denominator: bigint, exponent: number): LongDouble {
  if (numerator === 0n) return { mantissa: 0n, exponent: 0 }
  const magnitude = numerator < 0n ? -numerator : numerator
  // So many bits that the quotient has at least one more than is kept.
  const shift = Math.max(0, bits(denominator) - bits(magnitude) + precision + 1)
  const widened = magnitude << BigInt(shift)
  const size = bits(widened / denominator)
  const drop = Math.max(size - precision, smallestExponent - (exponent - shift))
  const mantissa = drop > 0 ? divided(widened, denominator << BigInt(drop)) : divided(widened, denominator)
  const power = exponent - shift + Math.max(0, drop)
  if (bits(mantissa) + power > largestBits) return { mantissa: numerator < 0n ? -1n : 1n, exponent: 0, infinite: true }
  return { mantissa: numerator < 0n ? -mantissa : mantissa, exponent: power }
}

/** Rounded to the nearest, ties to even. */
function divided(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator
  const rest = 2n * (numerator % denominator)
  return rest > denominator || (rest === denominator && (quotient & 1n) === 1n) ? quotient + 1n : quotient
}

function bits(value: bigint): number {
  const hex = value.toString(16)
  return value === 0n ? 0 : 4 * (hex.length - 1) + 32 - Math.clz32(Number.parseInt(hex[0]!, 16))
}
