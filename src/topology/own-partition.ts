import type { Timer } from '../base/clock.ts'
import { asMillraceError, MillraceError } from '../errors.ts'
import type { Position } from './source.ts'
import type { SpoutContext } from './spout.ts'

/** How long a spout that had nothing is left alone. */
const idleMs = 10

/** The one partition of a task that is its own source: where it stands, where it ends, when to ask again. */
export class OwnPartition {
  /** The next offset. */
  next: number
  readonly #partition: string | undefined
  readonly #limit: number
  readonly #context: SpoutContext
  #timer: Timer | undefined

  constructor(context: SpoutContext) {
    const [position] = context.positions
    this.#context = context
    this.#partition = position?.partition
    this.next = position?.offset ?? 0
    this.#limit = position === undefined ? 0 : (context.limits.get(position.partition) ?? Infinity)
  }

  get atLimit(): boolean {
    return this.next >= this.#limit
  }

  /** Whether this run ends when caught up; then a moment without tuples is its end. */
  get bounded(): boolean {
    return this.#limit !== Infinity
  }

  positions(): readonly Position[] {
    return this.#partition === undefined ? [] : [{ partition: this.#partition, offset: this.next }]
  }

  wakeLater(): void {
    this.#timer ??= this.#context.clock.setTimer(idleMs, () => {
      this.#timer = undefined
      this.#context.wake()
    })
  }

  failed(error: unknown): MillraceError {
    const { component, task } = this.#context
    return asMillraceError(error, 'MR_SPOUT_FAILED', {
      place: { component, task, ...(this.#partition === undefined ? {} : { partition: this.#partition, offset: this.next }) },
      remedy: 'correct the spout; nothing after the last commit is lost, it is read again',
    })
  }

  close(): void {
    this.#timer?.cancel()
  }
}
