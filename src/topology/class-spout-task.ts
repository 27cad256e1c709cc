import { MillraceError } from '../errors.ts'
import type { Streams, Tuple } from '../tuple/fields.ts'
import type { NamedStreams } from './outputs.ts'
import { OwnPartition } from './own-partition.ts'
import type { Position } from './source.ts'
import type { SpoutInstance, SpoutOutputCollector } from './spout-definition.ts'
import type { SpoutCollector, SpoutContext, SpoutTask } from './spout.ts'

/** Runs an instance of a user's spout class; each `nextTuple` that emits is one offset. */
export class ClassSpoutTask implements SpoutTask {
  readonly #instance: SpoutInstance<NamedStreams<Streams>>
  readonly #context: SpoutContext
  readonly #partition: OwnPartition
  readonly #collector: SpoutOutputCollector<NamedStreams<Streams>>
  #out: SpoutCollector | undefined
  #emitted = false
  /** The last call emitted nothing. */
  #idle = false

  constructor(instance: SpoutInstance<NamedStreams<Streams>>, context: SpoutContext) {
    this.#instance = instance
    this.#context = context
    this.#partition = new OwnPartition(context)
    this.#collector = { emit: (tuple: Tuple, stream?: string) => this.#emit(tuple, stream) }
  }

  async open(): Promise<void> {
    await this.#instance.open?.(this.#context)
    await this.#instance.seek(this.#partition.next)
  }

  activate(): void {
    this.#instance.activate?.()
  }

  deactivate(): void {
    this.#instance.deactivate?.()
  }

  nextTuple(out: SpoutCollector): boolean {
    if (this.#partition.atLimit) return false
    this.#emitted = false
    this.#out = out
    try {
      const answer: unknown = this.#instance.nextTuple(this.#collector)
      if (answer instanceof Promise) throw isAsynchronous(answer)
    } catch (error) {
      throw this.#partition.failed(error)
    } finally {
      this.#out = undefined
    }
    this.#idle = !this.#emitted
    if (this.#emitted) this.#partition.next++
    else this.#partition.wakeLater()
    return this.#emitted
  }

  positions(): readonly Position[] {
    return this.#partition.positions()
  }

  lag(): number {
    return this.#idle || this.#partition.atLimit ? 0 : 1
  }

  finished(): boolean {
    return this.#partition.atLimit || (this.#partition.bounded && this.#idle)
  }

  close(): void | Promise<void> {
    this.#partition.close()
    return this.#instance.close?.()
  }

  #emit(tuple: Tuple, stream: string | undefined): void {
    if (this.#out === undefined) {
      throw new MillraceError('MR_EMIT_INVALID', 'a tuple was emitted outside nextTuple', {
        remedy: 'emit while nextTuple runs, or write the spout as an asynchronous generator',
      })
    }
    this.#out.emit(tuple, 0, this.#partition.next, stream)
    this.#emitted = true
  }
}

function isAsynchronous(answer: Promise<unknown>): MillraceError {
  // Its failure, if any, is not the one to report.
  answer.catch(() => {})
  return new MillraceError('MR_SPOUT_FAILED', 'nextTuple answered a promise, but it must not wait', {
    remedy: 'write the spout as an asynchronous generator: spout(fields, async function* (context, from) { … })',
  })
}
