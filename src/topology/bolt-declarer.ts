import type { CustomGrouping, Grouping } from '../grouping/grouping.ts'
import { defaultStream, type Streams } from '../tuple/fields.ts'
import type { DefaultStream, StreamHandle, StreamId, StreamSource } from './stream-handle.ts'

type FieldsOf<T> = readonly [keyof T & string, ...(keyof T & string)[]]

/**
 * Says what a bolt subscribes to. `In` is what it reads: a stream whose tuples lack a part of it does
 * not compile. Each subscription gets every tuple of its stream; two of one bolt to one stream are refused.
 */
export interface Subscribing<In> {
  /** Tasks in turn, so all get as many. */
  shuffleGrouping(stream: StreamHandle<In>): this
  /** Equal values of the fields go to the same task. */
  fieldsGrouping<T extends In>(stream: StreamHandle<T>, ...fields: FieldsOf<NoInfer<T>>): this
  /** As `fieldsGrouping`, but each key is shared by two tasks, so that a hot key does not fill one. */
  partialKeyGrouping<T extends In>(stream: StreamHandle<T>, ...fields: FieldsOf<NoInfer<T>>): this
  /** Every task gets every tuple. */
  allGrouping(stream: StreamHandle<In>): this
  /** The task with the lowest number gets all tuples. */
  globalGrouping(stream: StreamHandle<In>): this
  /** Tasks of the producer's own worker in turn; all tasks in turn where a worker has none. */
  localOrShuffleGrouping(stream: StreamHandle<In>): this
  /** The producing bolt names the task with `emitDirect`; plain emits do not come here. */
  directGrouping(stream: StreamHandle<In>): this
  /** You do not care: the same as shuffle. */
  noneGrouping(stream: StreamHandle<In>): this
  /** A grouping of your own; `create` is called once per producing task. */
  customGrouping<T extends In>(stream: StreamHandle<T>, create: () => CustomGrouping<NoInfer<T>>): this
}

/** What `setBolt` answers: subscribes the bolt, and is the handle for those who subscribe to it. */
export type BoltHandle<In, S extends Streams> = Subscribing<In> & StreamSource<S> & DefaultStream<S>

export interface DeclaredInput {
  /** As handed in: whoever writes without types may hand in anything. */
  readonly stream: unknown
  readonly grouping: Grouping
}

/** The one behind all bolt handles; it knows no types. */
export class BoltDeclarer implements Subscribing<never> {
  readonly id: StreamId
  readonly inputs: DeclaredInput[] = []

  constructor(component: string) {
    this.id = { component, stream: defaultStream }
  }

  stream(name: string): StreamHandle<never> {
    return { id: { component: this.id.component, stream: name } }
  }

  shuffleGrouping(stream: unknown): this {
    return this.#subscribe(stream, { kind: 'shuffle' })
  }

  fieldsGrouping(stream: unknown, ...fields: readonly string[]): this {
    return this.#subscribe(stream, { kind: 'fields', fields })
  }

  partialKeyGrouping(stream: unknown, ...fields: readonly string[]): this {
    return this.#subscribe(stream, { kind: 'partial-key', fields })
  }

  allGrouping(stream: unknown): this {
    return this.#subscribe(stream, { kind: 'all' })
  }

  globalGrouping(stream: unknown): this {
    return this.#subscribe(stream, { kind: 'global' })
  }

  localOrShuffleGrouping(stream: unknown): this {
    return this.#subscribe(stream, { kind: 'local-or-shuffle' })
  }

  directGrouping(stream: unknown): this {
    return this.#subscribe(stream, { kind: 'direct' })
  }

  noneGrouping(stream: unknown): this {
    return this.#subscribe(stream, { kind: 'none' })
  }

  customGrouping(stream: unknown, create: () => CustomGrouping<never>): this {
    return this.#subscribe(stream, { kind: 'custom', create })
  }

  #subscribe(stream: unknown, grouping: Grouping): this {
    this.inputs.push({ stream, grouping })
    return this
  }
}
