import type { BatchFrame } from '../transport/link.ts'
import { ArrivedBatch } from '../tuple/arrived-batch.ts'
import type { Fields } from '../tuple/fields.ts'

export interface Arrival {
  readonly frame: BatchFrame
  readonly batch: ArrivedBatch
}

/** What has come from other workers for the tasks of one bolt, and how far the frame at hand is delivered. */
export class Inbox {
  readonly #arrivals: Arrival[] = []
  #row = 0

  /** Rows that wait. */
  get rows(): number {
    return this.#arrivals.reduce((rows, { batch }) => rows + batch.rows, 0) - this.#row
  }

  add(frame: BatchFrame, fields: Fields): void {
    this.#arrivals.push({ frame, batch: new ArrivedBatch(fields, frame) })
  }

  /** The oldest epoch goes first, so that what is cut gets through; once begun, a frame is finished. */
  atHand(): Arrival | undefined {
    const arrivals = this.#arrivals
    if (this.#row === 0) {
      let oldest = 0
      for (let i = 1; i < arrivals.length; i++) if (arrivals[i]!.frame.epoch < arrivals[oldest]!.frame.epoch) oldest = i
      if (oldest > 0) arrivals.unshift(...arrivals.splice(oldest, 1))
    }
    return arrivals[0]
  }

  /** The next row of the frame at hand; as many as the frame has when it is through. */
  get row(): number {
    return this.#row
  }

  takeRow(): number {
    return this.#row++
  }

  /** The next rows, of one task, `most` at most. */
  takeRun(most: number): ArrivedBatch {
    const { batch, frame: { targets } } = this.#arrivals[0]!
    const from = this.#row
    const last = Math.min(batch.rows, from + most)
    let to = from + 1
    while (to < last && targets[to] === targets[from]) to++
    this.#row = to
    return batch.run(from, to)
  }

  /** The frame at hand is through. */
  finish(): void {
    this.#arrivals.shift()
    this.#row = 0
  }
}
