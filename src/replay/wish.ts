/** What a replay was asked for, before anything is known of the logs. */
export interface ReplayWish {
  readonly from: ReplayPoint
  /** Where it ends. Absent: it follows the topic, as the live run does. */
  readonly to?: ReplayPoint
  /** The wish holds for these alone. Absent: for all, or for those `from` names. */
  readonly partitions?: readonly string[]
}

/**
 * A place in every partition: the first record of the log; where the live results begin; the end of the
 * log now; the first record at or after a time, or so long ago (both in ms); so many records before the end;
 * or an offset each, by `topic/partition`.
 */
export type ReplayPoint =
  | 'earliest'
  | 'start'
  | 'now'
  | { readonly timestampMs: number }
  | { readonly agoMs: number }
  | { readonly back: number }
  | { readonly offsets: Readonly<Record<string, number>> }

/** The wish in the words of the command line: the same for the same wish. */
export function wishText({ from, to, partitions }: ReplayWish): string {
  const parts = [`--from ${pointText(from)}`, ...(to === undefined ? [] : [`--to ${pointText(to)}`]), ...Array.from(partitions ?? []).sort().map((partition) => `--partition ${partition}`)]
  return parts.join(' ')
}

function pointText(point: ReplayPoint): string {
  if (typeof point === 'string') return point
  if ('timestampMs' in point) return String(point.timestampMs)
  if ('agoMs' in point) return `${point.agoMs / 1000}s`
  if ('back' in point) return `${point.back}-back`
  return Object.entries(point.offsets).sort(([a], [b]) => (a < b ? -1 : 1)).map(([partition, offset]) => `${partition}=${offset}`).join(',')
}
