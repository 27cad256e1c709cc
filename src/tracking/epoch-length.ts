/** A short epoch ends when its commit takes the store some ms; a long one goes on, for keys may come again. */
export type Length = 'short' | 'long'

/** So many times the records for each cell must a long epoch bring, for the store does nothing else during its commit. */
const worth = 1.3
/** Epochs of one length before the other is tried. */
const firstWait = 4
/** A trial of a short epoch costs little, one of a long epoch holds the store up. */
const longestWait = { short: 1024, long: 16 }
/** Of the wait, after a trial that changed nothing. */
const growth = 4
/** What all epochs before count for when one is added. */
const remembered = 0.8

/**
 * Finds out whether long epochs pay: where keys come again in them, they write fewer cells for the same
 * records; where they do not, they hold the store up for nothing. A short epoch does not tell: of 100,000 keys
 * drawn evenly hardly any repeats in it. So the other length is tried now and then, less often each time that
 * changes nothing. Cells are counted and not the store's time, which also says what else its machine has to do.
 */
export class EpochLength {
  #held: Length = 'short'
  #records = 0
  #cells = 0
  #wait = firstWait
  #untilTrial = firstWait

  /** Of the epoch that begins. Nothing has to be long while caught up. */
  next(behind: boolean): Length {
    if (!behind) return 'short'
    if (this.#untilTrial > 0) return this.#held
    // Whatever becomes of this epoch, the next trial comes after another wait.
    this.#untilTrial = this.#wait
    return this.#held === 'short' ? 'long' : 'short'
  }

  /** Not to be told of short epochs that ended for another reason than their cells. */
  committed(length: Length, records: number, cells: number): void {
    if (cells === 0) return
    if (length === this.#held) {
      this.#records = remembered * this.#records + records
      this.#cells = remembered * this.#cells + cells
      this.#untilTrial = Math.max(0, this.#untilTrial - 1)
      return
    }
    const tried = records / cells
    const held = this.#cells > 0 ? this.#records / this.#cells : tried
    const better = (length === 'long' ? tried >= worth * held : held >= worth * tried) ? 'long' : 'short'
    if (better === this.#held) {
      this.#wait = Math.min(longestWait[better], growth * this.#wait)
    } else {
      this.#held = better
      this.#records = records
      this.#cells = cells
      this.#wait = firstWait
    }
    this.#untilTrial = this.#wait
  }
}
