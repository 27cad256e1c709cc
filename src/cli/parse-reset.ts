import { parseIsoTime } from '../base/clock.ts'
import { MillraceError } from '../errors.ts'
import { parseDuration } from '../kafka/admin/offset-reset.ts'

/** A topic, and those of its partitions that are meant; undefined is all. */
export interface TopicPart {
  readonly topic: string
  readonly partitions: readonly number[] | undefined
}

/** `sentences` or `sentences:0,2`, as often as given. */
export function parseTopicPart(text: string, before: readonly TopicPart[] = []): readonly TopicPart[] {
  const [, topic, list] = /^([\w.-]+)(?::(\d{1,9}(?:,\d{1,9})*))?$/.exec(text) ?? []
  if (topic === undefined) throw new MillraceError('MR_OPTIONS_INVALID', `--topic: "${text}" is no topic`, { remedy: 'write it like --topic sentences or --topic sentences:0,2' })
  return [...before, { topic, partitions: list?.split(',').map(Number) }]
}

export function parseTime(text: string): number {
  const ms = parseIsoTime(text)
  if (ms !== undefined) return ms
  throw new MillraceError('MR_OPTIONS_INVALID', `--to-datetime: "${text}" is no time`, { remedy: 'write it with its zone, like 2026-01-31T08:00:00.000Z or 2026-01-31T08:00+01:00' })
}

/** How long ago, in ms. */
export function parseAgo(text: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  throw new MillraceError('MR_OPTIONS_INVALID', `--by-duration: "${text}" is no duration`, { remedy: 'write it like P1DT2H30M or PT45S' })
}

export function parseShift(text: string): number {
  const by = Number(text)
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(by)) return by
  throw new MillraceError('MR_OPTIONS_INVALID', `--shift-by: "${text}" is no whole number`, { remedy: 'write it like --shift-by -100 or --shift-by 100' })
}
