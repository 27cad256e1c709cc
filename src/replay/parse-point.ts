import { parseIsoTime } from '../base/clock.ts'
import { MillraceError } from '../errors.ts'
import type { ReplayPoint } from './wish.ts'

const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const
const duration = /^(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/
const place = /^([\w.-]+)\/(\d+)$/

/**
 * `earliest`, `start`, `now`, `topic2/0=9720,topic2/1=9560`, `2026-01-31T08:00Z`, milliseconds since 1970,
 * `6h` or `1d12h30m` (so long ago), `1000-back` (so many records before the end). Throws MR_OPTIONS_INVALID.
 */
export function parsePoint(option: string, text: string): ReplayPoint {
  if (text === 'earliest' || text === 'start' || text === 'now') return text
  if (text.includes('=')) return { offsets: offsetsOf(option, text.split(',').map((part) => split(option, part, '='))) }
  const back = /^(\d+)-back$/.exec(text)
  if (back !== null) return { back: wholeNumber(option, back[1]!) }
  const agoMs = durationMs(text)
  if (agoMs !== undefined && Number.isSafeInteger(agoMs)) return { agoMs }
  const timestampMs = /^\d+$/.test(text) ? Number(text) : parseIsoTime(text)
  if (timestampMs !== undefined && Number.isSafeInteger(timestampMs) && timestampMs >= 0) return { timestampMs }
  throw new MillraceError('MR_OPTIONS_INVALID', `${option}: "${text}" is no place in the logs`, {
    remedy: 'write earliest, start, now, offsets like sentences/0=9720,sentences/1=9560, a time with its zone like 2026-01-31T08:00Z or milliseconds since 1970, how long ago like 6h or 90m, or how many records before the end like 1000-back',
  })
}

/** Offsets in a file: one JSON object of `"topic/partition": offset`, or a line `topic/partition offset` each. Lines that are empty or begin with # do not count. */
export function parseOffsetsFile(option: string, text: string): ReplayPoint {
  if (text.trimStart().startsWith('{')) return { offsets: offsetsOf(option, named(option, Object.entries(jsonObject(option, text)).map(([name, offset]) => [name, typeof offset === 'number' ? String(offset) : JSON.stringify(offset)]))) }
  const lines = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))
  return { offsets: offsetsOf(option, named(option, lines.map((line) => split(option, line, /\s+/)))) }
}

function named(option: string, pairs: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] {
  if (pairs.length === 0) throw refusal(option, 'names no offset')
  return pairs
}

/** `topic/partition` in its one form. Throws MR_OPTIONS_INVALID. */
export function parsePartition(option: string, text: string): string {
  const [, topic, number] = place.exec(text) ?? []
  if (topic === undefined || !Number.isSafeInteger(Number(number))) {
    throw new MillraceError('MR_OPTIONS_INVALID', `${option}: "${text}" is not topic/partition`, { remedy: `write it like ${option} sentences/0` })
  }
  return `${topic}/${Number(number)}`
}

function durationMs(text: string): number | undefined {
  const parts = duration.exec(text)
  if (parts === null) return undefined
  const counts = parts.slice(1)
  if (counts.every((count) => count === undefined)) return undefined
  return counts.reduce((sum, count, index) => sum + Number(count ?? 0) * Object.values(units)[index]!, 0)
}

function split(option: string, text: string, by: string | RegExp): readonly [string, string] {
  const parts = text.trim().split(by)
  if (parts.length !== 2) throw refusal(option, `"${text.trim()}" is no offset of a partition`)
  return [parts[0]!, parts[1]!]
}

function offsetsOf(option: string, pairs: readonly (readonly [string, string])[]): Record<string, number> {
  const offsets = new Map<string, number>()
  for (const [name, text] of pairs) {
    const partition = parsePartition(option, name)
    if (offsets.has(partition)) throw refusal(option, `${partition} is placed twice`)
    offsets.set(partition, wholeNumber(option, text))
  }
  return Object.fromEntries(offsets)
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number
  throw refusal(option, `"${text}" is no offset or number of records`)
}

function jsonObject(option: string, text: string): object {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch (error) {
    throw new MillraceError('MR_OPTIONS_INVALID', `${option}: the file begins like JSON and is none`, { cause: error, remedy: 'write it like { "sentences/0": 9720, "sentences/1": 9560 }' })
  }
  return read as object
}

function refusal(option: string, fault: string): MillraceError {
  return new MillraceError('MR_OPTIONS_INVALID', `${option}: ${fault}`, { remedy: 'offsets are written like sentences/0=9720,sentences/1=9560, in a file like "sentences/0 9720" or as a JSON object' })
}
