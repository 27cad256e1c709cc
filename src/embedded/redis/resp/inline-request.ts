const space = /[ \t\n\v\f\r\0]/
const hexEscape = /^\\x[\da-fA-F]{2}/
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' }

/**
 * Splits a line typed by hand into arguments, as redis-server does for telnet: `"…"` with escapes
 * (`\n`, `\xff`), `'…'` with `\'` only. Undefined when quotes are not closed, or something follows their end.
 */
export function splitInline(line: string): string[] | undefined {
  const args: string[] = []
  let at = 0
  for (;;) {
    while (at < line.length && space.test(line[at]!)) at++
    if (at === line.length) return args
    let arg = ''
    while (at < line.length && !space.test(line[at]!)) {
      const quote = line[at]!
      if (quote !== '"' && quote !== "'") {
        arg += quote
        at++
        continue
      }
      const quoted = quote === '"' ? doubleQuoted(line, at + 1) : singleQuoted(line, at + 1)
      if (quoted === undefined) return undefined
      arg += quoted.text
      at = quoted.end
      if (at < line.length && !space.test(line[at]!)) return undefined
    }
    args.push(arg)
  }
}

interface Quoted {
  readonly text: string
  /** After the closing quote. */
  readonly end: number
}

function doubleQuoted(line: string, at: number): Quoted | undefined {
  let text = ''
  for (; at < line.length; at++) {
    const character = line[at]!
    if (character === '"') return { text, end: at + 1 }
    if (character !== '\\' || at + 1 === line.length) {
      text += character
    } else if (hexEscape.test(line.slice(at, at + 4))) {
      text += String.fromCharCode(Number.parseInt(line.slice(at + 2, at + 4), 16))
      at += 3
    } else {
      at++
      text += escapes[line[at]!] ?? line[at]!
    }
  }
  return undefined
}

function singleQuoted(line: string, at: number): Quoted | undefined {
  let text = ''
  for (; at < line.length; at++) {
    if (line[at] === "'") return { text, end: at + 1 }
    if (line[at] === '\\' && line[at + 1] === "'") at++
    text += line[at]!
  }
  return undefined
}
