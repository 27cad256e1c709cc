/**
 * Controls (C0, DEL, C1), line separators, and the format characters that hide or turn text: what
 * can forge a line of a log or steer a terminal.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Each such character as `\uXXXX`, which is also how JSON writes it. */
export function escapeControls(text: string): string {
  return text.replace(unsafe, escaped)
}

function escaped(character: string): string {
  let result = ''
  for (let i = 0; i < character.length; i++) result += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
  return result
}
