import type { LogRange, Position } from './source.ts'

/**
 * What the partitions of a source hold, asked without taking part in reading them. The module of a source
 * whose records can be read again exports `connectLog(context: ConnectorContext): SourceLog` beside
 * `connect`, and where its readers leave something behind `forgetReaders(context: ConnectorContext): Promise<void>`,
 * which deletes that once a generation is over and never rejects. Main thread.
 */
export interface SourceLog {
  /** Connects and looks up the partitions. Throws on what can never work (unknown topic). */
  open(): Promise<void>
  /** All there are. After `open`. */
  partitions(): readonly string[]
  ranges(partitions: readonly string[]): Promise<ReadonlyMap<string, LogRange>>
  /** The first record at or after the time, ms since 1970; the end where no record is as new. */
  since(partitions: readonly string[], timestampMs: number): Promise<ReadonlyMap<string, number>>
  /** When the first record at or after each position was written, ms since 1970; absent where none is there. */
  times(positions: readonly Position[]): Promise<ReadonlyMap<string, number>>
  close(): void
}
