import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { MillraceError } from '../errors.ts'
import { lines } from './lines.ts'

/** What a broker takes in one request by its default, `socket.request.max.bytes`. */
const mostRecordBytes = 104_857_600

/** What is sent of one line or file. */
export interface Item {
  readonly key: Uint8Array | string | null
  readonly value: Uint8Array | null
  /** The file it came from. */
  readonly file?: string
}

export interface LineForm {
  /** Of all lines. */
  readonly key: string | undefined
  /** What stands between key and value in a line. */
  readonly separator: string | undefined
  /** A value that is exactly this becomes null. */
  readonly nullMarker: string | undefined
}

/** The items of a chunk of standard input at a time. Throws MR_OPTIONS_INVALID for a line without a key, after all lines before it. */
export async function* lineItems(input: AsyncIterable<Uint8Array>, { key, separator, nullMarker }: LineForm): AsyncGenerator<readonly Item[], void, void> {
  const between = separator === undefined ? undefined : Buffer.from(separator)
  const none = nullMarker === undefined ? undefined : Buffer.from(nullMarker)
  const valueOf = (bytes: Uint8Array): Uint8Array | null => (none?.equals(bytes) === true ? null : bytes)
  let number = 0
  for await (const chunk of lines(input, mostRecordBytes)) {
    const items: Item[] = []
    for (const line of chunk) {
      number++
      if (between === undefined) {
        items.push({ key: key ?? null, value: valueOf(line) })
        continue
      }
      const at = Buffer.from(line.buffer, line.byteOffset, line.length).indexOf(between)
      if (at < 0) {
        if (items.length > 0) yield items
        throw new MillraceError('MR_OPTIONS_INVALID', `line ${number} of standard input has no key: "${separator}" is not in it`, { remedy: 'correct the line or --key-separator; the lines before it are sent' })
      }
      items.push({ key: line.subarray(0, at), value: valueOf(line.subarray(at + between.length)) })
    }
    yield items
  }
}

/** Each file as one value, byte for byte; the key is the file's name unless one is given. */
export async function* fileItems(files: readonly string[], key: string | undefined): AsyncGenerator<readonly Item[], void, void> {
  for (const file of files) {
    let value: Buffer
    try {
      value = await readWhole(file)
    } catch (error) {
      if (error instanceof MillraceError) throw error
      throw new MillraceError('MR_OPTIONS_INVALID', '--file: the file cannot be read', { place: { at: file }, cause: error, remedy: 'correct the path; it starts at the working directory' })
    }
    yield [{ key: key ?? basename(file), value, file }]
  }
}

async function readWhole(file: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > mostRecordBytes) {
      throw new MillraceError('MR_RECORD_TOO_LARGE', `--file: the file has more than ${mostRecordBytes} bytes`, { place: { at: file }, remedy: 'send it in smaller pieces; no broker takes a record of this size' })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
