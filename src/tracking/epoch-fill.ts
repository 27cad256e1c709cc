/** Where an epoch ends early. */
export interface EpochBounds {
  readonly records: number
  /** Distinct keys and fields it may write. */
  readonly cells: number
  /** Text it may write, in UTF-16 units, and what is noted of records that are skipped or dead. */
  readonly bytes: number
}

/** `full`: it should end soon. `over`: and nothing more may be read into it. */
export type Fill = 'open' | 'full' | 'over'

/** Cells that grow with the records to this power, or faster, are hardly ever written twice. */
const linear = 0.85
/** How many times as many records must have come, at least, before their cells say something about growth. */
const telling = 1.25
/** Reading goes on while the end of a full epoch is on its way. */
const overshoot = 1.25

/**
 * Watches an epoch fill. It may be ended once its commit takes the store long enough (`shortCells`), but
 * not while most records add to cells that are there already: then a longer epoch costs the store less
 * for each record, and it goes on to its bounds.
 */
export class EpochFill {
  readonly #bounds: EpochBounds
  #markedRecords = 0
  #markedCells = 0
  /** From the mark before the last to the last. */
  #grew = false

  constructor(bounds: EpochBounds) {
    this.#bounds = bounds
  }

  /** To be asked each time some records were read. */
  look(records: number, cells: number, bytes: number, shortCells: number): Fill {
    const bounds = this.#bounds
    if (records >= bounds.records || cells >= bounds.cells || bytes >= bounds.bytes) return 'over'
    if (cells < shortCells / 4) return 'open'
    const grows = this.#growsWith(records, cells)
    return cells < shortCells || !grows ? 'open' : cells < overshoot * shortCells ? 'full' : 'over'
  }

  /** Judged by the last records, for partitions may come to the same keys one after another. */
  #growsWith(records: number, cells: number): boolean {
    const more = records / this.#markedRecords
    const grows = more >= telling ? cells / this.#markedCells >= more ** linear : this.#grew
    if (more < 2) return grows
    this.#grew = this.#markedRecords > 0 && grows
    this.#markedRecords = records
    this.#markedCells = cells
    return this.#grew
  }
}
