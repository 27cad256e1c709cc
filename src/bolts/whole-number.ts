const minus = 0x2d
const zero = 0x30
/** More are not exact. */
const mostDigits = 15

/** The number that `view[from … end)` writes in 1 to 15 digits, with a minus or without; else NaN. */
export function wholeNumber(view: DataView, from: number, end: number): number {
  const negative = from < end && view.getUint8(from) === minus
  let at = negative ? from + 1 : from
  if (at >= end || end - at > mostDigits) return Number.NaN
  let value = 0
  for (const whole = end - 4; at <= whole; at += 4) {
    const digits = view.getInt32(at, true) ^ 0x30303030
    // A byte above 9 or 127 has its highest bit set here, or one before it has.
    if ((((digits + 0x76767676) | digits) & 0x80808080) !== 0) return Number.NaN
    const pairs = (Math.imul(digits, 10) + (digits >>> 8)) & 0x00ff00ff
    value = 10_000 * value + 100 * (pairs & 0xff) + (pairs >>> 16)
  }
  for (; at < end; at++) {
    const digit = view.getUint8(at) - zero
    if (digit < 0 || digit > 9) return Number.NaN
    value = 10 * value + digit
  }
  return negative ? -value : value
}
