/**
 * What becomes of records. Each ends in exactly one of: counted, skipped, dead-lettered (or it stops the
 * topology, and then nothing of it is committed). Offsets that hold no record are gaps.
 */

/** A record whose component gave it up. Plain data. */
export interface DeadRecord {
  /** Name of the partition. */
  readonly partition: string
  readonly offset: number
  readonly component: string
  /** The error's class, or its code where it is one of millrace's. */
  readonly errorClass: string
  readonly message: string
  /** At most {@link longestStack} characters. */
  readonly stack: string
  /** Calls that failed. */
  readonly attempts: number
  /** Ms since 1970. */
  readonly failedAtMs: number
  /** Other tuples of the record may be in the results of its epoch. */
  readonly partial: boolean
}

export const longestStack = 4096

/** What one worker knows of an epoch. */
export interface EpochFates {
  readonly dead: readonly DeadRecord[]
  /** By partition: offsets of records of which a tuple was skipped, each once. */
  readonly skipped: ReadonlyMap<string, readonly number[]>
}

/** Records `[from, to)` of a partition, of which so many are there. */
export interface ReadRange {
  readonly partition: string
  readonly from: number
  readonly to: number
  readonly records: number
}

/** How many records of a partition had which fate. They and the gaps add up to the offsets that were passed. */
export interface PartitionFates {
  readonly partition: string
  readonly counted: number
  readonly skipped: number
  readonly deadLettered: number
  readonly gaps: number
}

/** A number in a set, and the object and the names of a record that is dead, about. */
const offsetBytes = 40
const deadBytes = 400

/** Gathers what fails in one epoch of one worker. */
export class FateLedger {
  /** What it takes in memory, about. */
  bytes = 0
  readonly #dead = new Map<string, Map<number, DeadRecord>>()
  readonly #skipped = new Map<string, Set<number>>()

  skip(partition: string, offset: number): void {
    const offsets = at(this.#skipped, partition, () => new Set<number>())
    if (offsets.has(offset)) return
    offsets.add(offset)
    this.bytes += offsetBytes
  }

  /** Of several failures of one record the first is kept. */
  die(record: DeadRecord): void {
    const records = at(this.#dead, record.partition, () => new Map<number, DeadRecord>())
    const known = records.get(record.offset)
    if (known === undefined) {
      records.set(record.offset, record)
      this.bytes += deadBytes + record.message.length + record.stack.length
    } else if (record.partial && !known.partial) records.set(record.offset, { ...known, partial: true })
  }

  fates(): EpochFates {
    return {
      dead: Array.from(this.#dead.values()).flatMap((records) => Array.from(records.values())),
      skipped: new Map(Array.from(this.#skipped, ([partition, offsets]) => [partition, Array.from(offsets)])),
    }
  }
}

/** Of an epoch, from all workers: every record once, under the worse of its fates. */
export function mergedFates(ranges: readonly ReadRange[], workers: readonly EpochFates[]): { readonly fates: readonly PartitionFates[]; readonly dead: readonly DeadRecord[] } {
  const ledger = new FateLedger()
  for (const { dead } of workers) for (const record of dead) ledger.die(record)
  const { dead } = ledger.fates()
  const deadOffsets = new Map<string, Set<number>>()
  for (const { partition, offset } of dead) at(deadOffsets, partition, () => new Set()).add(offset)
  const skipped = new Map<string, Set<number>>()
  for (const worker of workers) {
    for (const [partition, offsets] of worker.skipped) {
      const worse = deadOffsets.get(partition)
      for (const offset of offsets) if (worse?.has(offset) !== true) at(skipped, partition, () => new Set()).add(offset)
    }
  }
  const fates = ranges.map(({ partition, from, to, records }): PartitionFates => {
    const lost = { skipped: skipped.get(partition)?.size ?? 0, deadLettered: deadOffsets.get(partition)?.size ?? 0 }
    return { partition, counted: records - lost.skipped - lost.deadLettered, ...lost, gaps: to - from - records }
  })
  return { fates, dead }
}

function at<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}
