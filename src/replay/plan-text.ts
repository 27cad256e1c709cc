import { isoTimeText } from '../base/clock.ts'
import { timeText, type PlannedPartition, type ReplayPlan } from './plan.ts'

export interface PlanSurroundings {
  readonly topology: string
  /** Of the live results. */
  readonly generation: number
  /** Keys of the live results. */
  readonly keys: number
  /** Records per second, where the user bounds them. */
  readonly rate?: number
  /** The live results are deleted first, and counted anew from there. */
  readonly reset?: boolean
}

/** Measured: a key changes its name in about five microseconds, during which Redis does nothing else. */
const renameMs = 0.005

/** What a replay would do, for people. */
export function planText(plan: ReplayPlan, surroundings: PlanSurroundings): string {
  const rows = [
    ['topic/p', 'log start', 'from', plan.bounded ? 'to' : 'to (now)', 'records', 'first record'],
    ...plan.partitions.map((one) => [one.partition, countText(one.range.earliest), countText(one.from), countText(one.to ?? one.range.latest), countText(one.records), one.firstMs === undefined ? '-' : isoTimeText(one.firstMs)]),
  ]
  const faults = plan.faults.map(({ text }) => `! ${text}`)
  return [...table(rows), ...faults, ...sentences(plan, surroundings)].map((line) => `${line}\n`).join('')
}

function sentences(plan: ReplayPlan, { topology, generation, keys, rate, reset = false }: PlanSurroundings): string[] {
  const total = plan.partitions.reduce((sum, { records }) => sum + records, 0)
  const without = plan.partitions.reduce((sum, one) => sum + one.without, 0)
  return [
    `counts will cover ${coverage(plan)}: ${countText(total)} records${plan.bounded ? '' : ' now, and all that come'}${rate === undefined ? '' : `; ${duration(total / rate)} at ${countText(rate)} a second`}`,
    ...(without === 0 ? [] : [`the live results hold ${countText(without)} records from before that; ${reset ? 'afterwards they would not' : 'the replay does not, and after a switch the results would not'}`]),
    ...(reset ? [`the live results (generation ${generation}, ${countText(keys)} keys) are deleted first, and readers see them grow again from nothing; there is no way back`] : beside(plan, { topology, generation, keys })),
  ]
}

function beside(plan: ReplayPlan, { topology, generation, keys }: PlanSurroundings): string[] {
  return [
    `the live results (generation ${generation}) go on being counted and read; the group ${topology} and its offsets are not touched`,
    plan.behind.length > 0
      ? `it ends before the live results do (${plan.behind.join(', ')}), so it cannot take their place; leave out --to for that`
      : `a switch renames the keys of both: ${countText(keys)} of the live results and as many as the replay has, ${switchTime(2 * keys)} in which Redis does nothing else`,
  ]
}

function coverage({ wish: { from, to }, partitions }: ReplayPlan): string {
  const since = fromText(from, partitions)
  if (to === undefined) return since
  if (typeof to === 'object' && 'timestampMs' in to) return `${since}, and up to ${timeText(to.timestampMs)}`
  return `${since}, and up to the offsets above`
}

function fromText(from: ReplayPlan['wish']['from'], partitions: readonly PlannedPartition[]): string {
  if (from === 'earliest') return partitions.some(({ range }) => range.earliest > 0) ? 'all records the logs still hold' : 'all records'
  if (from === 'start') return 'records from where the live results begin'
  if (typeof from === 'object' && 'timestampMs' in from) return `records from ${timeText(from.timestampMs)} only`
  return 'records from the offsets above only'
}

/** The first column to the left, figures to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) => row.map((cell, column) => (column === 0 || column === row.length - 1 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('   ').trimEnd())
}

/** `6,100,340` */
export function countText(number: number): string {
  return number.toFixed(0).replaceAll(/\B(?=(\d{3})+$)/g, ',')
}

function switchTime(keys: number): string {
  const ms = keys * renameMs
  return ms < 1 ? 'less than 1 ms' : `about ${countText(Math.ceil(ms))} ms`
}

function duration(seconds: number): string {
  if (seconds < 120) return `${countText(Math.ceil(seconds))} s`
  return seconds < 7200 ? `${countText(Math.ceil(seconds / 60))} min` : `${countText(Math.ceil(seconds / 3600))} h`
}
