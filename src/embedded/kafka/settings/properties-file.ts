/**
 * The names and values of a file in the form of Java's properties, as Kafka's server.properties is:
 * `name=value` or `name: value`, comments with # or !, a backslash at the end of a line goes on with
 * the next one and elsewhere takes the special meaning away from what follows. Later lines win.
 */
export function parseProperties(text: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const line of logicalLines(text)) {
    const match = /^((?:\\.|[^\\=:\s])*)(?:\s*[=:]\s*|\s+|$)([\s\S]*)$/.exec(line)
    if (match !== null) found[unescaped(match[1]!)] = unescaped(match[2]!).trimEnd()
  }
  return found
}

function logicalLines(text: string): string[] {
  const lines: string[] = []
  let begun: string | undefined
  for (const raw of text.split(/\r\n|\n|\r/)) {
    const line = raw.trimStart()
    if (begun === undefined && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue
    const goesOn = /(^|[^\\])(\\\\)*\\$/.test(line)
    const whole: string = (begun ?? '') + (goesOn ? line.slice(0, -1) : line)
    if (goesOn) begun = whole
    else {
      lines.push(whole)
      begun = undefined
    }
  }
  if (begun !== undefined) lines.push(begun)
  return lines
}

const controls: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string): string {
  return text.replace(/\\(?:u([\da-fA-F]{4})|([\s\S]))/g, (_, hex: string | undefined, letter: string | undefined) =>
    hex === undefined ? controls[letter!] ?? letter! : String.fromCharCode(Number.parseInt(hex, 16)))
}
