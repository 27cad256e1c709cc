import { MillraceError } from '../errors.ts'
import type { Fields, Tuple } from '../tuple/fields.ts'
import { nameOf } from './name-of.ts'
import { OwnPartition } from './own-partition.ts'
import { ReadAhead } from './read-ahead.ts'
import type { Position } from './source.ts'
import type { SpoutFunction } from './spout-definition.ts'
import type { SpoutCollector, SpoutContext, SpoutTask } from './spout.ts'

/** A value, nothing for now (ask again), nothing yet (a wake follows), or nothing any more. */
type Pulled = { readonly value: unknown } | 'idle' | 'waiting' | 'ended'

/** Runs a user's sequence; each of its tuples is one offset. */
export class IterableSpoutTask implements SpoutTask {
  readonly #begin: SpoutFunction<Fields>
  readonly #context: SpoutContext
  readonly #partition: OwnPartition
  readonly #stop = new AbortController()
  #pull: () => Pulled = () => 'ended'
  #end: () => unknown = () => undefined
  #last: Pulled | undefined

  constructor(begin: SpoutFunction<Fields>, context: SpoutContext) {
    this.#begin = begin
    this.#context = context
    this.#partition = new OwnPartition(context)
  }

  open(): void {
    const sequence: unknown = this.#begin({ ...this.#context, signal: this.#stop.signal }, this.#partition.next)
    if (isIterable(sequence)) {
      const iterator = sequence[Symbol.iterator]()
      this.#pull = () => pulled(iterator.next())
      this.#end = () => iterator.return?.()
    } else if (isAsyncIterable(sequence)) {
      const ahead = new ReadAhead(sequence[Symbol.asyncIterator](), () => this.#context.wake())
      this.#pull = () => ahead.next()
      this.#end = () => ahead.close()
    } else {
      throw new MillraceError('MR_SPOUT_FAILED', `the function of a spout answered ${nameOf(sequence)}, which is no sequence`, {
        remedy: 'write it as a generator: function* (context, from) { … yield tuple … }',
      })
    }
  }

  nextTuple(out: SpoutCollector): boolean {
    if (this.#partition.atLimit || this.#last === 'ended') return false
    try {
      this.#last = this.#pull()
      if (typeof this.#last === 'object') {
        out.emit(asTuple(this.#last.value), 0, this.#partition.next)
        this.#partition.next++
        return true
      }
    } catch (error) {
      throw this.#partition.failed(error)
    }
    if (this.#last === 'idle') this.#partition.wakeLater()
    return false
  }

  positions(): readonly Position[] {
    return this.#partition.positions()
  }

  lag(): number {
    return typeof this.#last === 'object' && !this.#partition.atLimit ? 1 : 0
  }

  finished(): boolean {
    return this.#partition.atLimit || this.#last === 'ended' || (this.#partition.bounded && this.#last === 'idle')
  }

  /** Does not wait for the sequence: one that never looks at the signal would hold up the next attempt. */
  close(): void {
    this.#partition.close()
    this.#stop.abort()
    this.#end()
  }
}

function pulled({ done, value }: IteratorResult<unknown>): Pulled {
  if (done === true) return 'ended'
  return value === undefined ? 'idle' : { value }
}

function asTuple(value: unknown): Tuple {
  if (typeof value === 'object' && value !== null) return value as Tuple
  throw new MillraceError('MR_EMIT_INVALID', `a spout yielded ${nameOf(value)} instead of a tuple`, {
    remedy: 'yield an object with the declared fields; a synchronous sequence yields undefined when nothing is there now',
  })
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
