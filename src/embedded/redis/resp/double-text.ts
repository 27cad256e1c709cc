const digits = 17

/** The double as Redis 7.0 answers it, by C's `printf("%.17g")`: 17 significant digits, `inf`, `-inf`, `nan`, `-0`. */
export function doubleText(value: number): string {
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? '-0' : String(value)
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
  const [mantissa, exponentText] = roundedHalfToEven(value).split('e') as [string, string]
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= digits) {
    const size = String(Math.abs(exponent)).padStart(2, '0')
    return `${withoutTrailingZeros(mantissa)}e${exponent < 0 ? '-' : '+'}${size}`
  }
  return withoutTrailingZeros(plainDecimal(mantissa, exponent))
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
  return text.includes('.') ? text.replace(/\.?0*$/, '') : text
}
