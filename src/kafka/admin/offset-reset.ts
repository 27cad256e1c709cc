import { MillraceError } from '../../errors.ts'
import type { LogRange } from '../../topology/source.ts'

/** Where the offsets of a group should be. */
export type ResetTarget =
  | { readonly to: 'earliest' | 'latest' | 'current' }
  | { readonly to: 'offset'; readonly offset: number }
  | { readonly to: 'shift'; readonly by: number }
  /** The first record at or after the time. */
  | { readonly to: 'time'; readonly timestampMs: number }

/** What is known of one partition. */
export interface PartitionState {
  readonly partition: string
  readonly range: LogRange
  readonly committed: number | undefined
  /** The first record at or after the wanted time; undefined when there is none. */
  readonly atTime: number | undefined
}

export interface PlannedOffset {
  readonly partition: string
  readonly offset: number
  /** What was asked for, where the log does not reach that far. */
  readonly wanted: number | undefined
}

/** The new offsets. An offset outside the log is moved to its nearer end, as Kafka's tool does. Throws where a shift has nothing to start from. */
export function planReset(target: ResetTarget, partitions: readonly PartitionState[]): PlannedOffset[] {
  return partitions.map((state) => {
    const { partition, range } = state
    const wanted = wantedOffset(target, state)
    const offset = Math.min(Math.max(wanted, range.earliest), range.latest)
    return { partition, offset, wanted: offset === wanted ? undefined : wanted }
  })
}

function wantedOffset(target: ResetTarget, { partition, range, committed, atTime }: PartitionState): number {
  switch (target.to) {
    case 'earliest':
      return range.earliest
    case 'latest':
      return range.latest
    case 'current':
      return committed ?? range.latest
    case 'offset':
      return target.offset
    case 'time':
      return atTime ?? range.latest
    case 'shift':
      if (committed !== undefined) return committed + target.by
      throw new MillraceError('MR_OPTIONS_INVALID', `the group has no offset for ${partition} that could be shifted`, {
        place: { partition },
        remedy: 'name partitions the group has committed, or use --to-earliest, --to-latest or --to-offset',
      })
  }
}

const duration = /^P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?$/

/** Milliseconds of an ISO 8601 duration of weeks, days, hours, minutes and seconds; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const parts = duration.exec(text)
  if (parts === null) return undefined
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0))
  return Math.round(((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)
}
