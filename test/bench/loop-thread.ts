import { Redis } from 'ioredis'
import { parentPort, workerData } from 'node:worker_threads'
import type { Assignment } from './assignment.ts'
import { counterOf } from './counting.ts'
import type { Counter, Writer } from './counting.ts'

export interface LoopThreadData {
  readonly assignment: Assignment
  readonly thread: number
  /** Records read and counted by each thread; ours to raise at `thread`. */
  readonly counted: Int32Array
}

/** What the threads of all loops do alike, whatever client brings the records: count, and write now and then. */
export class LoopThread {
  readonly assignment: Assignment
  readonly thread: number
  /** Every so many'th partition is this thread's. */
  readonly partitions: readonly number[]
  readonly #counted: Int32Array
  readonly #counter: Counter
  readonly #flushEveryMs: number
  #flushedAt = performance.now()
  #flushing: Promise<void> = Promise.resolve()
  #fetching = false

  constructor(writer: (redis: Redis) => Writer) {
    const { assignment, thread, counted } = workerData as LoopThreadData
    this.assignment = assignment
    this.thread = thread
    this.partitions = Array.from({ length: assignment.partitions }, (_, partition) => partition).filter((partition) => partition % assignment.threads === thread)
    this.#counted = counted
    const redis = new Redis(assignment.redisUrl)
    this.#counter = counterOf(assignment.job, redis, writer(redis))
    this.#flushEveryMs = assignment.flushEveryMs ?? 250
    setInterval(() => void this.#flush(), this.#flushEveryMs)
  }

  /** The first records are being asked for. */
  fetching(): void {
    if (!this.#fetching) parentPort!.postMessage(Date.now())
    this.#fetching = true
  }

  /** Counts a batch, and writes when it is time to. */
  async batch(messages: readonly { readonly value: Buffer | null }[]): Promise<void> {
    for (const { value } of messages) {
      const waiting = this.#counter.add(value!)
      if (waiting !== undefined) await waiting
    }
    this.#counted[this.thread]! += messages.length
    // Waits for the write before the last one, so that counts do not pile up.
    if (performance.now() - this.#flushedAt >= this.#flushEveryMs) await this.#flush()
  }

  /** Counts one record. Answers a promise only when the next must wait. */
  one(value: Buffer): undefined | Promise<void> {
    this.#counted[this.thread]!++
    return this.#counter.add(value)
  }

  async #flush(): Promise<void> {
    this.#flushedAt = performance.now()
    await this.#flushing
    this.#flushing = this.#counter.flush()
  }
}
