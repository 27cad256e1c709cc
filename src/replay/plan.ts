import { isoTimeText } from '../base/clock.ts'
import { MillraceError } from '../errors.ts'
import type { LogRange, Position } from '../topology/source.ts'
import type { ReplayPoint, ReplayWish } from './wish.ts'

/** What is known of one partition that there is. */
export interface PartitionFacts {
  readonly partition: string
  readonly range: LogRange
  /** Where the live results begin, and the next record they count. Absent for a partition live has not seen. */
  readonly start: number | undefined
  readonly position: number | undefined
  /** The first record at or after the time `from` or `to` names; undefined when there is none, or no time was named. */
  readonly atFrom: number | undefined
  readonly atTo: number | undefined
}

export interface PlannedPartition {
  readonly partition: string
  readonly range: LogRange
  readonly from: number
  /** The first record that is not counted any more; undefined: follows the topic. */
  readonly to: number | undefined
  /** Offsets to go through now: compaction and transactions leave fewer records than that. */
  readonly records: number
  /** When its first record was written. */
  readonly firstMs?: number
  /** Records live has counted that the replay would not. */
  readonly without: number
}

/** A part of the wish that the logs cannot grant, and what is done when it is accepted so. */
export interface ReplayFault {
  readonly kind: 'expired' | 'beyond-end' | 'future' | 'unknown-partition' | 'backwards'
  /** Absent where it concerns all. */
  readonly partition?: string
  readonly text: string
}

type TimedPoint = Exclude<ReplayPoint, { readonly agoMs: number }>
type TimedWish = Omit<ReplayWish, 'from' | 'to'> & { readonly from: TimedPoint; readonly to?: TimedPoint }

export interface ReplayPlan {
  readonly wish: TimedWish
  readonly partitions: readonly PlannedPartition[]
  /** Refused on execution unless accepted; the partitions above stand as if they were. */
  readonly faults: readonly ReplayFault[]
  /** It ends by itself. */
  readonly bounded: boolean
  /** A bounded one that ends before the live results do can never take their place. */
  readonly behind: readonly string[]
}

/** How long ago, as a time; every other point as it is. */
export function atTime(point: ReplayPoint, nowMs: number): TimedPoint {
  return typeof point === 'object' && 'agoMs' in point ? { timestampMs: Math.max(0, nowMs - point.agoMs) } : point
}

/** Where a replay begins and ends in each partition. Without `to` nothing ends. Throws MR_OPTIONS_INVALID where the wish contradicts itself. */
export function planReplay(wish: ReplayWish, facts: readonly PartitionFacts[], nowMs: number): ReplayPlan {
  refuseContradiction(wish)
  const { from, to, ...rest } = wish
  const resolved: TimedWish = { ...rest, from: atTime(from, nowMs), ...(to === undefined ? {} : { to: atTime(to, nowMs) }) }
  const faults: ReplayFault[] = [...futureFaults(resolved, nowMs), ...unknownFaults(resolved, facts)]
  const partitions = facts.map((one) => planPartition(resolved, one, faults))
  return {
    wish: resolved,
    partitions,
    faults,
    bounded: wish.to !== undefined,
    behind: facts.flatMap(({ partition, position }, index) => {
      const { to } = partitions[index]!
      return to !== undefined && position !== undefined && to < position ? [partition] : []
    }),
  }
}

function refuseContradiction({ from, to, partitions }: ReplayWish): void {
  for (const point of [from, to]) {
    if (partitions === undefined || typeof point !== 'object' || !('offsets' in point)) continue
    const beside = Object.keys(point.offsets).find((partition) => !partitions.includes(partition))
    if (beside === undefined) continue
    throw new MillraceError('MR_OPTIONS_INVALID', `an offset of ${beside} is wished for, and ${beside} is not among the partitions the wish is for`, {
      remedy: 'leave out the offset, or name the partition too',
    })
  }
}

export function startsOf({ partitions }: ReplayPlan): Position[] {
  return partitions.map(({ partition, from }) => ({ partition, offset: from }))
}

export function limitsOf({ partitions }: ReplayPlan): Position[] {
  return partitions.flatMap(({ partition, to }) => (to === undefined ? [] : [{ partition, offset: to }]))
}

/** Partitions that `from` places, those of `to` among them: the rest begins where live did. */
function holdsFor({ from, partitions }: TimedWish, partition: string): boolean {
  if (partitions !== undefined && !partitions.includes(partition)) return false
  return typeof from === 'string' || !('offsets' in from) || from.offsets[partition] !== undefined
}

function planPartition(wish: TimedWish, facts: PartitionFacts, faults: ReplayFault[]): PlannedPartition {
  const { partition, range } = facts
  const from = holdsFor(wish, partition) ? placeOf(wish.from, 'from', facts, faults) : liveStart(facts, faults)
  let to: number | undefined
  if (wish.to !== undefined) {
    // Of what is not named, as much as live has: then all of it is of one time.
    const named = wish.partitions === undefined || wish.partitions.includes(partition)
    to = (named ? placeOf(wish.to, 'to', facts, faults) : undefined) ?? facts.position ?? range.latest
    if (to < from) {
      faults.push({ kind: 'backwards', partition, text: `${partition} would end at ${to}, before it begins at ${from}: nothing of it is counted` })
      to = from
    }
  }
  const counted = facts.start === undefined || facts.position === undefined ? 0 : Math.max(0, Math.min(from, facts.position) - facts.start)
  return { partition, range, from, to, records: (to ?? range.latest) - from, without: counted }
}

function liveStart(facts: PartitionFacts, faults: ReplayFault[]): number {
  return within(facts.start ?? facts.range.earliest, 'begin where the live results do, at', facts, faults)
}

/** For `to` undefined where the wish says nothing of the partition. */
function placeOf<Of extends 'from' | 'to'>(point: TimedPoint, of: Of, facts: PartitionFacts, faults: ReplayFault[]): Of extends 'from' ? number : number | undefined
function placeOf(point: TimedPoint, of: 'from' | 'to', facts: PartitionFacts, faults: ReplayFault[]): number | undefined {
  const { partition, range: { earliest, latest } } = facts
  const says = of === 'from' ? 'begin at' : 'end at'
  if (point === 'earliest') return earliest
  if (point === 'now') return latest
  if (point === 'start') return liveStart(facts, faults)
  if ('back' in point) return within(Math.max(0, latest - point.back), says, facts, faults)
  if ('offsets' in point) {
    const offset = point.offsets[partition]
    return offset === undefined ? undefined : within(offset, says, facts, faults)
  }
  const found = (of === 'from' ? facts.atFrom : facts.atTo) ?? latest
  // Only an offset tells how many are gone. What is left begins at the time or after it, so any number may be.
  if (of === 'from' && earliest > 0 && found <= earliest) {
    faults.push({ kind: 'expired', partition, text: `the records of ${partition} before ${earliest} were deleted by retention; those since ${timeText(point.timestampMs)} among them cannot be counted` })
  }
  return Math.max(found, earliest)
}

/** The offset moved into the log. */
function within(wanted: number, says: string, { partition, range: { earliest, latest } }: PartitionFacts, faults: ReplayFault[]): number {
  if (wanted < earliest) {
    faults.push({ kind: 'expired', partition, text: `${partition} should ${says} ${wanted}, but ${earliest - wanted} records from there on were deleted by retention: the log holds ${earliest} to ${latest}` })
    return earliest
  }
  if (wanted > latest) {
    faults.push({ kind: 'beyond-end', partition, text: `${partition} should ${says} ${wanted}, but its log ends at ${latest}` })
    return latest
  }
  return wanted
}

function futureFaults({ from, to }: TimedWish, nowMs: number): ReplayFault[] {
  return ([['begin', from], ['end', to]] as const).flatMap(([what, point]) => (typeof point === 'object' && 'timestampMs' in point && point.timestampMs > nowMs
    ? [{ kind: 'future' as const, text: `it should ${what} at ${timeText(point.timestampMs)}, which is ${Math.ceil((point.timestampMs - nowMs) / 1000)} s in the future: the ends of the logs are taken` }]
    : []))
}

function unknownFaults({ from, to, partitions }: TimedWish, facts: readonly PartitionFacts[]): ReplayFault[] {
  const known = new Set(facts.map(({ partition }) => partition))
  const named = new Set([...partitions ?? [], ...[from, to].flatMap((point) => (typeof point === 'object' && 'offsets' in point ? Object.keys(point.offsets) : []))])
  return Array.from(named).filter((partition) => !known.has(partition)).map((partition) => ({
    kind: 'unknown-partition',
    partition,
    text: `there is no partition ${partition} in what the topology reads`,
  }))
}

/** `2026-01-31T08:00:00.012Z`, as short as it can be. */
export function timeText(ms: number): string {
  return isoTimeText(ms).replace(/(:00)?\.000Z$/, 'Z')
}
