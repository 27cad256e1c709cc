import type { DeadRecord } from './record-fates.ts'

interface Place {
  readonly partition: string
  readonly offset: number
}

/**
 * Records to be read once more, up to where they were read before, without some of them: those are dead, and
 * their tuples were already among the results that are given up for it. Nothing else is read meanwhile.
 */
export class Detour {
  #ends = new Map<string, number>()
  #excluded = new Map<string, DeadRecord>()

  /** An epoch that read to these ends is read again without these records, and without those of before. */
  leaveOut(ends: readonly { readonly partition: string; readonly to: number }[], dead: readonly DeadRecord[]): void {
    for (const { partition, to } of ends) this.#ends.set(partition, Math.max(to, this.#ends.get(partition) ?? 0))
    for (const record of dead) this.#excluded.set(`${record.partition}@${record.offset}`, record)
  }

  get excluded(): readonly DeadRecord[] {
    return Array.from(this.#excluded.values())
  }

  /** Where an attempt from these positions ends; undefined when there is no detour, or it lies behind them. */
  endsFrom(positions: readonly Place[]): ReadonlyMap<string, number> | undefined {
    if (positions.every(({ partition, offset }) => (this.#ends.get(partition) ?? 0) <= offset)) {
      this.#ends = new Map()
      this.#excluded = new Map()
      return undefined
    }
    return new Map(positions.map(({ partition, offset }) => [partition, Math.max(offset, this.#ends.get(partition) ?? 0)]))
  }
}
