/** From so many units on, one call into the engine is faster than a loop here. */
const shortUnits = 64

/**
 * Writes a well-formed text as UTF-8 at `at` and answers where it ends. There must be room for three
 * bytes a unit. Short texts are mostly ASCII, and then several times faster than a call for each.
 */
export function writeUtf8(text: string, bytes: Buffer, at: number): number {
  const { length } = text
  if (length < shortUnits) {
    let i = 0
    for (; i < length; i++) {
      const unit = text.charCodeAt(i)
      if (unit >= 0x80) break
      bytes[at + i] = unit
    }
    if (i === length) return at + length
  }
  return at + bytes.write(text, at, 'utf8')
}
