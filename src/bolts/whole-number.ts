/** The number that `bytes[from … end)` writes in 1 to 15 digits, with a minus or without; else NaN. */
export function wholeNumber(bytes: Uint8Array, from: number, end: number): number {
  const negative = bytes[from] === 0x2d
  const first = negative ? from + 1 : from
  if (first >= end || end - first > 15) return Number.NaN
  let value = 0
  for (let at = first; at < end; at++) {
    const digit = bytes[at]! - 0x30
    if (digit < 0 || digit > 9) return Number.NaN
    value = 10 * value + digit
  }
  return negative ? -value : value
}
