/** The byte of a text that is one ASCII character, which in UTF-8 is part of no other; else undefined. */
export function singleByte(text: string): number | undefined {
  return text.length === 1 && text.charCodeAt(0) < 0x80 ? text.charCodeAt(0) : undefined
}
