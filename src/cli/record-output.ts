import { isUtf8 } from 'node:buffer'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MillraceError } from '../errors.ts'
import type { RecordsRead } from '../kafka/record-reader.ts'
import { recordHeaderList, recordTimestamp } from '../wire/record-fields.ts'
import type { ToolHost } from './tool-host.ts'

/** What can stand in front of a value, in the order of Kafka's own tool. */
export const recordParts = ['timestamp', 'partition', 'offset', 'headers', 'key'] as const
export type RecordPart = (typeof recordParts)[number]

export interface OutputFlags {
  readonly json?: true
  readonly print?: readonly RecordPart[]
  readonly keySeparator: string
  readonly output?: string
  readonly outputDir?: string
}

/** Where records go. */
export interface RecordOutput {
  /** The first `count` rows. Undefined: taken; else wait before the next. Nothing of `records` is kept. */
  write(records: RecordsRead, count: number): Promise<void> | undefined
  close(): Promise<void>
}

/** Throws MR_OPTIONS_INVALID when a file or folder cannot be written. */
export async function recordOutput(flags: OutputFlags, host: ToolHost): Promise<RecordOutput> {
  if (flags.output !== undefined) return fileOutput(flags.output)
  if (flags.outputDir !== undefined) return folderOutput(flags.outputDir, host)
  const text = flags.json === true ? jsonLines : flags.print === undefined ? undefined : partLines(flags.print, flags.keySeparator)
  return { write: (records, count) => host.write(text === undefined ? valueLines(records, count) : text(records, count)), close: () => Promise.resolve() }
}

const nullText = Buffer.from('null')

/** Values, each with a line end: the form that must be quick. */
function valueLines({ columns }: RecordsRead, count: number): Buffer {
  const { bytes, valueAt, valueLength } = columns
  let size = count
  for (let row = 0; row < count; row++) size += valueLength[row]! < 0 ? nullText.length : valueLength[row]!
  const lines = Buffer.allocUnsafe(size)
  let p = 0
  for (let row = 0; row < count; row++) {
    const length = valueLength[row]!
    p += length < 0 ? nullText.copy(lines, p) : bytes.copy(lines, p, valueAt[row], valueAt[row]! + length)
    lines[p++] = 0x0a
  }
  return lines
}

function partLines(parts: readonly RecordPart[], separator: string): (records: RecordsRead, count: number) => Buffer {
  return (records, count) => {
    const pieces: Buffer[] = []
    for (let row = 0; row < count; row++) {
      for (const part of parts) pieces.push(part === 'key' ? keyOf(records, row) ?? nullText : Buffer.from(partText(part, records, row)), Buffer.from(separator))
      pieces.push(valueOf(records, row) ?? nullText, Buffer.from('\n'))
    }
    return Buffer.concat(pieces)
  }
}

function partText(part: Exclude<RecordPart, 'key'>, records: RecordsRead, row: number): string {
  switch (part) {
    case 'timestamp':
      return `${timestampType(records)}:${timestampOf(records, row)}`
    case 'partition':
      return `Partition:${records.partition}`
    case 'offset':
      return `Offset:${offsetOf(records, row)}`
    case 'headers': {
      const headers = recordHeaderList(records.columns.bytes, records.columns.recordAt[row]!)
      return headers.length === 0 ? 'NO_HEADERS' : headers.map(([name, value]) => `${name}:${value === null ? 'null' : value.toString('utf8')}`).join(',')
    }
  }
}

function jsonLines(records: RecordsRead, count: number): string {
  const { topic, partition, columns } = records
  let lines = ''
  for (let row = 0; row < count; row++) {
    lines += `${JSON.stringify({
      topic,
      partition,
      offset: offsetOf(records, row),
      timestamp: timestampOf(records, row),
      timestampType: timestampType(records),
      ...exactly('key', keyOf(records, row)),
      ...exactly('value', valueOf(records, row)),
      headers: recordHeaderList(columns.bytes, columns.recordAt[row]!).map(([name, value]) => ({ name, ...exactly('value', value) })),
    })}\n`
  }
  return lines
}

/** As text where that loses nothing, else as base64. */
function exactly(name: 'key' | 'value', bytes: Buffer | null): object {
  if (bytes === null) return { [name]: null }
  return isUtf8(bytes) ? { [name]: bytes.toString('utf8') } : { [`${name}Base64`]: bytes.toString('base64') }
}

async function fileOutput(path: string): Promise<RecordOutput> {
  const file = await open(path, 'w').catch((error: unknown) => {
    throw unwritable('--output', path, error)
  })
  return {
    async write(records, count) {
      for (let row = 0; row < count; row++) {
        const value = valueOf(records, row)
        if (value !== null && value.length > 0) await file.writeFile(value)
      }
    },
    close: () => file.close(),
  }
}

async function folderOutput(folder: string, host: ToolHost): Promise<RecordOutput> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw unwritable('--output-dir', folder, error)
  })
  return {
    async write(records, count) {
      for (let row = 0; row < count; row++) {
        const place = `${records.topic}/${records.partition}@${offsetOf(records, row)}`
        const value = valueOf(records, row)
        if (value === null) {
          host.print(`${place} has no value\n`)
          continue
        }
        const path = join(folder, fileName(records, row))
        await writeFile(path, value).catch((error: unknown) => {
          throw unwritable('--output-dir', path, error)
        })
        host.print(`${place} → ${path}\n`)
      }
    },
    close: () => Promise.resolve(),
  }
}

const longestKeyInName = 100

/** Unlike for every record, and never outside the folder whatever the key is. */
function fileName(records: RecordsRead, row: number): string {
  const key = keyOf(records, row)?.toString('utf8').slice(-longestKeyInName).replaceAll(/[^\p{L}\p{N}._-]/gu, '_')
  return `${records.partition}-${offsetOf(records, row)}${key === undefined || key === '' ? '' : `-${key}`}`
}

function unwritable(option: string, at: string, cause: unknown): MillraceError {
  return new MillraceError('MR_OPTIONS_INVALID', `${option}: it cannot be written`, { place: { at }, cause, remedy: 'name a place where you may write' })
}

function offsetOf({ columns }: RecordsRead, row: number): number {
  return columns.baseOffset + columns.offsetDelta[row]!
}

function timestampOf({ columns }: RecordsRead, row: number): number {
  return columns.appendTimestamp >= 0 ? columns.appendTimestamp : recordTimestamp(columns.bytes, columns.recordAt[row]!, columns.baseTimestamp)
}

function timestampType({ columns }: RecordsRead): string {
  return columns.appendTimestamp >= 0 ? 'LogAppendTime' : 'CreateTime'
}

function keyOf({ columns }: RecordsRead, row: number): Buffer | null {
  const length = columns.keyLength[row]!
  return length < 0 ? null : columns.bytes.subarray(columns.keyAt[row], columns.keyAt[row]! + length)
}

function valueOf({ columns }: RecordsRead, row: number): Buffer | null {
  const length = columns.valueLength[row]!
  return length < 0 ? null : columns.bytes.subarray(columns.valueAt[row], columns.valueAt[row]! + length)
}
