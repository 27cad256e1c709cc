import type { ProduceBatch } from './produce-batch.ts'
import type { ProducerId } from './produce-port.ts'

/** Sequence numbers count records and wrap to 0 behind this one. */
const lastSequence = 0x7fff_ffff

export interface OutboxOptions {
  readonly idempotent: boolean
  /** Batches of the partition that may be in flight at once; 1 without idempotence, or a retry would turn the order. */
  readonly maxInFlight: number
}

/**
 * The batches of one partition, in order, and their sequence numbers. Pure bookkeeping:
 *
 *     open ──close──▶ waiting ──take──▶ in flight ──▶ settled
 *                        ▲                  │ returned
 *                        └──────────────────┘
 *
 * The open batch may be due: then it leaves behind the waiting ones, and takes records until it does,
 * so that batches grow while the broker is slow.
 *
 * The broker takes a producer's batches of a partition in the order of their sequence numbers only,
 * so after a batch came back the others in flight come back too; then the first goes again, alone,
 * and the rest when it has been acknowledged. Batches lose their numbers when one in front of them is
 * given up: they are numbered anew once nothing is in flight.
 */
export class PartitionOutbox {
  readonly topic: string
  readonly partition: number
  readonly name: string
  /** Node id, -1 while unknown. */
  leader = -1
  /** In whose name batches go; undefined until one is given, and after it was given up. */
  producer: ProducerId | undefined
  /** The id that was given up last: another is needed. */
  lostProducer = -1
  /** Whether the last batch was closed because it was full. */
  filled = false
  /** The broker takes no batch as large as this. */
  tooLargeBytes = Infinity
  readonly #options: OutboxOptions
  #open: ProduceBatch | undefined
  #isDue = false
  /** In their order. */
  #waiting: ProduceBatch[] = []
  /** In their order. */
  #inFlight: ProduceBatch[] = []
  #nextSequence = 0
  /** Whether the last answer was good. Else batches go one at a time: see `sendable`. */
  #proven = false
  /** To be done when nothing is in flight any more: all go on under a new id, or those behind a batch that was given up take over its numbers. */
  #then: 'new id' | 'new id without doubtful' | { readonly renumberFrom: ProduceBatch } | undefined

  constructor(topic: string, partition: number, options: OutboxOptions) {
    this.topic = topic
    this.partition = partition
    this.name = `${topic}/${partition}`
    this.#options = options
  }

  /** The batch that takes records. */
  get open(): ProduceBatch | undefined {
    return this.#open
  }

  set open(batch: ProduceBatch | undefined) {
    this.#open = batch
    this.#isDue = false
  }

  /** The batch that takes records may leave. */
  due(): void {
    this.#isDue = this.#open !== undefined
  }

  /** The batch that takes records takes no more. */
  close(): void {
    if (this.#open === undefined) return
    this.#waiting.push(this.#open)
    this.open = undefined
  }

  /**
   * Whether a batch may leave now; it also needs a leader, and a producer id where idempotent.
   * Several are in flight only after one has been acknowledged, since the last trouble and under the
   * present id: a broker takes any sequence number from a producer it does not know, and so the second
   * batch when the first is refused.
   */
  get sendable(): boolean {
    if (this.first === undefined || this.#then !== undefined) return false
    return this.#inFlight.length < (this.#proven && this.#options.idempotent ? this.#options.maxInFlight : 1)
  }

  /** Whether batches are to be numbered anew when nothing is in flight: those that come back until then miss one in front of them. */
  get renumbering(): boolean {
    return this.#then !== undefined
  }

  /** The next to leave. */
  get first(): ProduceBatch | undefined {
    return this.#waiting[0] ?? (this.#isDue ? this.#open : undefined)
  }

  /** Whether nothing is in flight. */
  get idle(): boolean {
    return this.#inFlight.length === 0
  }

  get needsProducer(): boolean {
    return this.#options.idempotent && this.producer === undefined
  }

  /** The next batch, with its sequence number; the caller has looked at `sendable`. */
  take(): ProduceBatch {
    if (this.#waiting.length === 0) this.close()
    const batch = this.#waiting.shift()!
    this.#inFlight.push(batch)
    if (this.#options.idempotent && batch.baseSequence < 0) {
      batch.baseSequence = this.#nextSequence
      this.#nextSequence = after(this.#nextSequence, batch.count)
    }
    return batch
  }

  acknowledged(batch: ProduceBatch): void {
    this.#proven = true
    this.#landed(batch)
  }

  /**
   * Whether a batch that comes back now goes again. `doubtful` when the broker may have it: then not after another
   * such was given up, since under a new id the broker could not tell that it has it already.
   */
  goesAgain(batch: ProduceBatch, doubtful: boolean): boolean {
    return this.#then !== 'new id without doubtful' || !(batch.doubtful || doubtful)
  }

  /** It goes again. `doubtful` when the broker may have it. */
  returned(batch: ProduceBatch, doubtful: boolean): void {
    batch.doubtful ||= doubtful
    this.#proven = false
    const at = this.#waiting.findIndex(({ order }) => order > batch.order)
    this.#waiting.splice(at === -1 ? this.#waiting.length : at, 0, batch)
    this.#landed(batch)
  }

  /** Whether no batch in front of this one is on its way: then a gap the broker sees in front of it stays. */
  isFirst(batch: ProduceBatch): boolean {
    return [...this.#waiting, ...this.#inFlight].every(({ order }) => order >= batch.order)
  }

  /** The broker has lost track of our sequence numbers: all goes on under a new id. */
  startOver(batch: ProduceBatch): void {
    this.#then = 'new id'
    this.returned(batch, false)
  }

  /** The batch will never arrive. Answers all that are given up with it: those of which nobody knows whether the broker has them. */
  giveUp(batch: ProduceBatch): ProduceBatch[] {
    if (batch === this.#open) this.close()
    this.#waiting = this.#waiting.filter((other) => other !== batch)
    const lost = [batch]
    if (batch.baseSequence >= 0) {
      if (batch.doubtful) {
        // See goesAgain.
        lost.push(...this.#waiting.filter(({ doubtful }) => doubtful))
        this.#waiting = this.#waiting.filter(({ doubtful }) => !doubtful)
        this.#then = 'new id without doubtful'
      } else if (this.#then === undefined || (typeof this.#then === 'object' && batch.order < this.#then.renumberFrom.order)) {
        this.#then = { renumberFrom: batch }
      }
    }
    this.#landed(batch)
    return lost
  }

  /** The broker has refused the batch for its size: its halves go instead. */
  split(batch: ProduceBatch): readonly [ProduceBatch, ProduceBatch] {
    const halves = batch.split()
    this.tooLargeBytes = Math.min(this.tooLargeBytes, batch.sizeBytes)
    const at = this.#waiting.findIndex(({ order }) => order > batch.order)
    this.#waiting.splice(at === -1 ? this.#waiting.length : at, 0, ...halves)
    // An earlier try was as large, so it was not written either.
    batch.doubtful = false
    this.giveUp(batch)
    return halves
  }

  /** All that is here, in order; nothing stays. */
  drop(): ProduceBatch[] {
    this.close()
    const all = [...this.#inFlight, ...this.#waiting].sort((a, b) => a.order - b.order)
    this.#waiting = []
    this.#inFlight = []
    return all
  }

  #landed(batch: ProduceBatch): void {
    const at = this.#inFlight.indexOf(batch)
    if (at >= 0) this.#inFlight.splice(at, 1)
    if (this.#then === undefined || this.#inFlight.length > 0) return
    let behind = -1
    if (typeof this.#then === 'string') {
      this.lostProducer = this.producer?.id ?? -1
      this.producer = undefined
      this.#proven = false
      this.#nextSequence = 0
    } else {
      behind = this.#then.renumberFrom.order
      this.#nextSequence = this.#then.renumberFrom.baseSequence
    }
    for (const waiting of this.#waiting) if (waiting.order > behind) waiting.baseSequence = -1
    this.#then = undefined
  }
}

function after(sequence: number, count: number): number {
  const next = sequence + count
  return next > lastSequence ? next - lastSequence - 1 : next
}
