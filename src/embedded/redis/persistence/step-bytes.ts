import type { LoggedCommand } from '../engine/change-log.ts'

/*
 * A step as bytes: for each of its commands the database, the number of arguments, and each argument with
 * its length in front. All numbers are unsigned LEB128.
 */

export function encodeStep(commands: readonly LoggedCommand[]): Buffer {
  let size = 0
  for (const { database, args } of commands) {
    size += numberSize(database) + numberSize(args.length)
    for (const arg of args) size += numberSize(arg.length) + arg.length
  }
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (const { database, args } of commands) {
    at = writeNumber(bytes, database, at)
    at = writeNumber(bytes, args.length, at)
    for (const arg of args) {
      at = writeNumber(bytes, arg.length, at)
      at = writeText(bytes, arg, at)
    }
  }
  return bytes
}

/** Throws RangeError when the bytes are no step. */
export function decodeStep(bytes: Buffer): LoggedCommand[] {
  const commands: LoggedCommand[] = []
  let at = 0
  const number = (): number => {
    let value = 0
    for (let factor = 1; factor < 2 ** 36; factor *= 128) {
      const byte = bytes[at++]
      if (byte === undefined) break
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
    throw new RangeError(`no number at byte ${at} of a step`)
  }
  while (at < bytes.length) {
    const database = number()
    const args: string[] = []
    for (let left = number(); left > 0; left--) {
      const length = number()
      if (length > bytes.length - at) throw new RangeError(`an argument of ${length} bytes at byte ${at} of a step of ${bytes.length}`)
      args.push(bytes.toString('latin1', at, at + length))
      at += length
    }
    commands.push({ database, args })
  }
  return commands
}

function numberSize(value: number): number {
  let size = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++
  return size
}

function writeNumber(bytes: Buffer, value: number, at: number): number {
  let rest = value
  while (rest >= 128) {
    bytes[at++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  bytes[at++] = rest
  return at
}

function writeText(bytes: Buffer, text: string, at: number): number {
  // A call out of JavaScript costs more than a few characters.
  if (text.length > 24) return at + bytes.write(text, at, 'latin1')
  for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i)
  return at
}
