/** A commit of this size or more says what a cell costs, with less it is the way there and back; and no commit is worth its costs with less. */
const fewestCells = 2_000
/** Share of the newest commit in the average. */
const share = 0.25
/** Before the first commit: what HINCRBY in a script takes on a busy machine. */
const firstMsPerCell = 0.0015

/** How many cells a commit may have, so that the store does nothing else for no longer than `stallMs`. */
export class CommitBudget {
  readonly #stallMs: number
  #msPerCell = firstMsPerCell

  constructor(stallMs: number) {
    this.#stallMs = stallMs
  }

  committed(cells: number, ms: number): void {
    if (cells < fewestCells) return
    // One commit that was held up says little.
    const sample = Math.min(2 * this.#msPerCell, Math.max(this.#msPerCell / 2, ms / cells))
    this.#msPerCell += share * (sample - this.#msPerCell)
  }

  get cells(): number {
    return Math.max(fewestCells, Math.floor(this.#stallMs / this.#msPerCell))
  }
}
