import { join } from 'node:path'

/** Kafka's names of a segment's files: its base offset in 20 digits and what the file holds. */
export const segmentSuffixes = ['.log', '.index', '.timeindex', '.txnindex'] as const

export type SegmentSuffix = (typeof segmentSuffixes)[number]

export const snapshotSuffix = '.snapshot'
/** Written by the cleaner, not yet in force. */
export const cleanedSuffix = '.cleaned'
/** No longer in force, removed after a delay. */
export const deletedSuffix = '.deleted'

export function segmentPath(directory: string, baseOffset: number, suffix: SegmentSuffix | typeof snapshotSuffix): string {
  return join(directory, `${String(baseOffset).padStart(20, '0')}${suffix}`)
}

/** The offset of `00000000000000000042.log`, or undefined when the name has another form. */
export function offsetOfName(name: string, suffix: SegmentSuffix | typeof snapshotSuffix): number | undefined {
  if (!name.endsWith(suffix)) return undefined
  const digits = name.slice(0, -suffix.length)
  if (!/^\d{20}$/.test(digits)) return undefined
  const offset = Number(digits)
  return Number.isSafeInteger(offset) ? offset : undefined
}
