/** A commit of this size or more says what a cell costs, with less it is the way there and back; and no commit is worth its costs with less. */
const fewestCells = 2_000
/** Share of the newest commit in the average. */
const share = 0.25
/** Before the first commit: what HINCRBY in a script takes on a busy machine. */
const firstMsPerCell = 0.0015
/** No store is faster; a clock may be too coarse to say so. */
const leastMsPerCell = 0.0001

/** Learns what a cell costs the store, to say how many a commit may have. */
export class CommitBudget {
  #msPerCell = firstMsPerCell
  #commits = 0

  committed(cells: number, ms: number): void {
    if (cells < fewestCells) return
    const sample = Math.max(leastMsPerCell, ms / cells)
    const newest = 1 / ++this.#commits
    // The first few are all that is known; later, one commit that was held up says little.
    if (newest > share) this.#msPerCell += newest * (sample - this.#msPerCell)
    else this.#msPerCell += share * (Math.min(2 * this.#msPerCell, Math.max(this.#msPerCell / 2, sample)) - this.#msPerCell)
  }

  /** So many cells that the store does nothing else for about `stallMs`. */
  cells(stallMs: number): number {
    return Math.max(fewestCells, Math.floor(stallMs / this.#msPerCell))
  }
}
