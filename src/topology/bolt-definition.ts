import { MillraceError } from '../errors.ts'
import type { Batch } from '../tuple/batch.ts'
import type { Tuple } from '../tuple/fields.ts'
import type { BatchCollector, BoltCollector, BoltDefinition, BoltTask } from './bolt.ts'
import { isClass } from './component-class.ts'
import { nameOf } from './name-of.ts'
import type { TaskContext } from './context.ts'
import { declaredStreams, type DefaultName, type Outputs, type StreamArgument, type StreamsOf, type TupleIn } from './outputs.ts'

/** Where a bolt emits. Everything takes effect when the call has returned or its promise has resolved. */
export interface OutputCollector<O extends Outputs> {
  /** To every subscriber of the stream, by its grouping. The tuple must not be changed afterwards. */
  emit<N extends keyof StreamsOf<O> & string = DefaultName<StreamsOf<O>>>(tuple: TupleIn<StreamsOf<O>, N>, ...stream: StreamArgument<N>): void
  /** To one task of a subscriber by `directGrouping`; `task` is its topology-wide number. */
  emitDirect<N extends keyof StreamsOf<O> & string = DefaultName<StreamsOf<O>>>(task: number, tuple: TupleIn<StreamsOf<O>, N>, ...stream: StreamArgument<N>): void
}

/**
 * Called for every tuple, on the thread of its task. Returning acks the tuple; throwing or rejecting
 * fails it: nothing of that call is emitted, and it is tried again as the component's options say.
 */
export type BoltFunction<In, O extends Outputs> = (tuple: In, out: OutputCollector<O>, context: TaskContext) => void | Promise<void>

/** A bolt with state or connections of its own; one instance per task and attempt, all calls on one thread. */
export interface BoltInstance<In, O extends Outputs> {
  /** Before the first tuple. */
  prepare?: (context: TaskContext) => void | Promise<void>
  /** As {@link BoltFunction}. State kept in fields is lost when an attempt ends: results belong in a sink. */
  execute: (tuple: In, out: OutputCollector<O>) => void | Promise<void>
  /**
   * Many tuples at once, where the producer in the same thread hands on batches; `execute` gets all
   * others. All or nothing: a call that throws, rejects or answers false has emitted and changed
   * nothing, and its rows are given to `execute` one by one. Must lead to what `execute` would.
   */
  executeBatch?: (batch: Batch, out: BatchCollector) => boolean | Promise<boolean>
  /** At the end of the attempt, also a failed one; not when the process is killed. */
  cleanup?: () => void | Promise<void>
}

export type BoltClass<In, O extends Outputs> = new () => BoltInstance<In, O>

/**
 * A bolt from a function or a class. What it emits is declared as data, what it reads by the type of
 * its tuple: `bolt({ word: 'string' }, (tuple: { value: string }, out) => …)`. `{}` emits nothing.
 */
export function bolt<const O extends Outputs, In>(outputs: O, component: BoltFunction<In, O> | BoltClass<In, O>): BoltDefinition<In, StreamsOf<O>> {
  return {
    role: 'bolt',
    streams: declaredStreams(outputs) as StreamsOf<O>,
    createTask: taskFactory(component),
  }
}

function taskFactory<In, O extends Outputs>(component: BoltFunction<In, O> | BoltClass<In, O>): (context: TaskContext) => BoltTask {
  if (isClass(component, 'execute')) return (context) => classTask(new component(), context)
  if (typeof component !== 'function') {
    throw new MillraceError('MR_TOPOLOGY_INVALID', `bolt() was given ${nameOf(component)}, which is neither a function nor a class`, {
      remedy: 'give it a function (tuple, out, context) => …, or a class with an execute method, not an instance of it',
    })
  }
  return (context) => ({ execute: (tuple, out) => component(tuple as In, typedCollector(out), context) })
}

function classTask<In, O extends Outputs>(instance: BoltInstance<In, O>, context: TaskContext): BoltTask {
  if (typeof instance.execute !== 'function') {
    throw new MillraceError('MR_TOPOLOGY_INVALID', `class ${instance.constructor.name} has no execute method`, {
      place: { component: context.component },
      remedy: 'a bolt class needs execute(tuple, out)',
    })
  }
  return {
    prepare: () => instance.prepare?.(context),
    execute: (tuple: Tuple, out) => instance.execute(tuple as In, typedCollector(out)),
    ...(instance.executeBatch === undefined ? {} : { executeBatch: (batch, out) => instance.executeBatch!(batch, out) }),
    cleanup: () => instance.cleanup?.(),
  }
}

/** The runtime's collector knows no types; the declaration of the outputs is what makes this one true. */
function typedCollector<O extends Outputs>(out: BoltCollector): OutputCollector<O> {
  return out as OutputCollector<O>
}
