import { parseIsoTime } from '../base/clock.ts'
import { MillraceError } from '../errors.ts'
import type { StartWish } from '../topology/connector.ts'

/** `committed`, `earliest`, `latest`, milliseconds since 1970, or an ISO time with its zone. */
export function parseFrom(text: string): NonNullable<StartWish['from']> {
  if (text === 'committed' || text === 'earliest' || text === 'latest') return text
  const timestampMs = /^\d+$/.test(text) ? Number(text) : parseIsoTime(text)
  if (timestampMs !== undefined && Number.isSafeInteger(timestampMs)) return { timestampMs }
  throw new MillraceError('MR_OPTIONS_INVALID', `--from: "${text}" is neither a place in the log nor a time`, {
    remedy: 'write committed, earliest, latest, a time with its zone like 2026-01-31T08:00Z, or milliseconds since 1970',
  })
}
