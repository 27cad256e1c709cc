/** A batch takes about this long, so that a turn can end and an epoch be cut. */
const batchMs = 0.5
const mostRows = 1_024

/** Learns how many rows to hand on at once. */
export class BatchSize {
  rows = 64

  /** So many took so long. */
  took(rows: number, ms: number): void {
    if (ms > 2 * batchMs) this.rows = Math.max(1, this.rows >> 1)
    else if (rows === this.rows && ms < batchMs) this.rows = Math.min(mostRows, 2 * this.rows)
  }
}
