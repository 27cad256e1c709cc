import { MillraceError } from '../errors.ts'

const newline = 0x0a
const carriageReturn = 0x0d

/**
 * Cuts a stream of bytes into lines, a chunk's worth at a time. Line ends (LF or CR LF) are left out;
 * a last line without one counts. Lines are views of the chunks. Throws MR_RECORD_TOO_LARGE for a line
 * of more than `mostBytes`, after the lines before it.
 */
export async function* lines(input: AsyncIterable<Uint8Array>, mostBytes: number): AsyncGenerator<readonly Uint8Array[], void, void> {
  let rest: Uint8Array[] = []
  let restBytes = 0
  let before = 0
  for await (const chunk of input) {
    const complete: Uint8Array[] = []
    let at = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, at)) {
      const piece = chunk.subarray(at, end)
      complete.push(withoutReturn(rest.length === 0 ? piece : Buffer.concat([...rest, piece])))
      if (rest.length > 0) rest = []
      restBytes = 0
      at = end + 1
    }
    if (at < chunk.length) rest.push(chunk.subarray(at))
    restBytes += chunk.length - at
    before += complete.length
    if (complete.length > 0) yield complete
    if (restBytes > mostBytes) {
      throw new MillraceError('MR_RECORD_TOO_LARGE', `line ${before + 1} of standard input has more than ${mostBytes} bytes`, { remedy: 'send it in smaller pieces; no broker takes a record of this size' })
    }
  }
  if (rest.length > 0) yield [withoutReturn(Buffer.concat(rest))]
}

function withoutReturn(line: Uint8Array): Uint8Array {
  return line.at(-1) === carriageReturn ? line.subarray(0, -1) : line
}
