/** Where an epoch ends early. */
export interface EpochBounds {
  readonly records: number
  /** Distinct keys and fields it may write. */
  readonly cells: number
  /** Text it may write, in UTF-16 units, and what is noted of records that are skipped or dead. */
  readonly bytes: number
}

/** Whether an epoch has reached one of its bounds. */
export function isFull(bounds: EpochBounds, records: number, cells: number, bytes: number): boolean {
  return records >= bounds.records || cells >= bounds.cells || bytes >= bounds.bytes
}
