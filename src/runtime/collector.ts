import { MillraceError } from '../errors.ts'
import type { WriteSet } from '../state/write-set.ts'
import type { BoltCollector } from '../topology/bolt.ts'
import { defaultStream, type Tuple } from '../tuple/fields.ts'
import type { Route } from './route.ts'
import type { EpochState, Scope } from './scope.ts'

/** What is kept of a fan-out between calls; a larger buffer is let go. */
const keptEmits = 1024

/**
 * Holds back what one `execute` emits until it has returned, so that a call that throws emits nothing
 * and can be tried again. A synchronous bolt uses one collector for all its calls; an asynchronous call
 * keeps its own, with its epoch, until it settles.
 */
export class Collector implements BoltCollector {
  readonly #routes: ReadonlyMap<string, Route>
  readonly #default: Route | undefined
  readonly #scope: Scope
  #tuples: Tuple[] = []
  #size = 0
  /** So many from the start are plain emits on the default stream, handed on in one go; the others are noted in the lists below. */
  #plain = 0
  #to: Route[] = []
  /** Task number of a direct emit; 0 for the others. */
  #tasks: number[] = []
  #open = false
  #epoch: EpochState | undefined

  constructor(routes: ReadonlyMap<string, Route>, scope: Scope) {
    this.#routes = routes
    this.#default = routes.get(defaultStream)
    this.#scope = scope
  }

  get writes(): WriteSet {
    return (this.#epoch ?? this.#scope.epoch).writes
  }

  get epoch(): number {
    return (this.#epoch ?? this.#scope.epoch).epoch
  }

  emit(tuple: Tuple, stream?: string): void {
    const route = stream === undefined ? this.#default : this.#routes.get(stream)
    if (route === undefined || !this.#open) throw this.#refused(stream)
    if (stream === undefined && this.#plain === this.#size) this.#plain++
    else this.#note(route, 0)
    this.#tuples[this.#size++] = tuple
  }

  emitDirect(task: number, tuple: Tuple, stream?: string): void {
    const route = stream === undefined ? this.#default : this.#routes.get(stream)
    if (route === undefined || !this.#open) throw this.#refused(stream)
    if (!route.hasTask(task)) {
      throw new MillraceError('MR_EMIT_INVALID', `no direct subscriber of stream ${stream ?? defaultStream} has task ${task}`, {
        remedy: 'take the task numbers from the subscriber, subscribed by directGrouping',
      })
    }
    this.#note(route, task)
    this.#tuples[this.#size++] = tuple
  }

  begin(): void {
    this.#open = true
  }

  /** The call returned a promise: it belongs to the epoch of now, whenever it settles. */
  detach(): void {
    this.#epoch = this.#scope.epoch
  }

  /** Hands on what was emitted; answers how much. */
  deliver(): number {
    this.#open = false
    const size = this.#size
    if (size === 0) return 0
    const plain = this.#plain
    this.#size = this.#plain = 0
    if (plain > 0) this.#default!.sendEach(this.#tuples, plain)
    for (let i = plain; i < size; i++) {
      const task = this.#tasks[i]!
      if (task === 0) this.#to[i]!.send(this.#tuples[i]!)
      else this.#to[i]!.sendTo(task, this.#tuples[i]!)
    }
    if (size > keptEmits) this.#release()
    return size
  }

  discard(): void {
    this.#open = false
    this.#size = this.#plain = 0
  }

  #note(route: Route, task: number): void {
    this.#to[this.#size] = route
    this.#tasks[this.#size] = task
  }

  #release(): void {
    this.#tuples = []
    this.#to = []
    this.#tasks = []
  }

  #refused(stream: string | undefined): MillraceError {
    if (!this.#open) {
      return new MillraceError('MR_EMIT_INVALID', 'a tuple was emitted after execute had returned', {
        remedy: 'return (or await) the promise of the work, so that its tuples belong to the right epoch',
      })
    }
    return new MillraceError('MR_EMIT_INVALID', `stream ${stream ?? defaultStream} is not declared`, {
      remedy: `emit on one of: ${Array.from(this.#routes.keys()).join(', ') || 'none, the bolt declares no output'}`,
    })
  }
}
