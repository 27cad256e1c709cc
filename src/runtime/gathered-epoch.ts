import { mergedFates, type DeadRecord, type PartitionFates, type ReadRange } from '../tracking/record-fates.ts'
import type { SealedEpoch } from './thread/protocol.ts'

/** One epoch of all workers. */
export interface GatheredEpoch {
  readonly ranges: readonly ReadRange[]
  readonly records: number
  readonly cells: number
  /** Cells known at the cut. */
  readonly knownCells: number
  readonly fates: readonly PartitionFates[]
  readonly dead: readonly DeadRecord[]
  /** What the store's sinks made of the results, of each worker that has any. */
  readonly writes: readonly unknown[]
}

export function gatheredEpoch(parts: readonly SealedEpoch[]): GatheredEpoch {
  const ranges = parts.flatMap((part) => part.ranges)
  const sum = (of: 'records' | 'cells' | 'knownCells') => parts.reduce((total, part) => total + part[of], 0)
  return {
    ranges,
    records: sum('records'),
    cells: sum('cells'),
    knownCells: sum('knownCells'),
    ...mergedFates(ranges, parts.flatMap((part) => part.fates ?? [])),
    writes: parts.flatMap((part) => (part.writes === undefined ? [] : [part.writes])),
  }
}
