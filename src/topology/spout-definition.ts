import { MillraceError } from '../errors.ts'
import type { Fields, Streams, TupleOf } from '../tuple/fields.ts'
import { ClassSpoutTask } from './class-spout-task.ts'
import { hasMethod, isClass } from './component-class.ts'
import { nameOf } from './name-of.ts'
import type { TaskContext } from './context.ts'
import { IterableSpoutTask } from './iterable-spout-task.ts'
import { declaredStreams, NamedStreams, type DefaultName, type Outputs, type StreamArgument, type StreamsOf, type TupleIn } from './outputs.ts'
import type { SpoutContext, SpoutDefinition, SpoutTask } from './spout.ts'

/**
 * A spout as a sequence, usually a generator: every tuple has the next offset, and the sequence begins
 * with the tuple of offset `from`. It must be replayable: the same offset is the same tuple in every
 * run, for after a fault it is read again from the last commit.
 *
 * Yielding `undefined` says that nothing is there now: it is asked again after 10 ms. An asynchronous
 * sequence just waits instead. A sequence that ends has no more to give; one that throws stops the
 * topology. It is ended by `return()` when its task closes, and `context.signal` is aborted.
 */
export type SpoutFunction<F extends Fields> = (context: SpoutFunctionContext, from: number) => Iterable<TupleOf<F> | undefined> | AsyncIterable<TupleOf<F>>

export interface SpoutFunctionContext extends TaskContext {
  /** Aborted when the task closes: whatever waits for data must end then. */
  readonly signal: AbortSignal
}

export interface SpoutOutputCollector<O extends Outputs> {
  /** The tuple must not be changed afterwards. */
  emit<N extends keyof StreamsOf<O> & string = DefaultName<StreamsOf<O>>>(tuple: TupleIn<StreamsOf<O>, N>, ...stream: StreamArgument<N>): void
}

/**
 * A spout with state of its own; one instance per task and attempt, all calls on one thread, in the
 * order open, seek, activate, nextTuple…. The methods stand in the class, not in fields.
 */
export interface SpoutInstance<O extends Outputs> {
  open?: (context: TaskContext) => void | Promise<void>
  activate?: () => void
  deactivate?: () => void
  /** Exactly-once needs replay: the next `nextTuple` that emits is the one of this offset, the same as in every run. */
  seek: (offset: number) => void | Promise<void>
  /**
   * Emits the tuples of one offset, or nothing when nothing is there now: then it is asked again after
   * 10 ms. Each call that emits counts one offset. Must not block or wait.
   */
  nextTuple: (out: SpoutOutputCollector<O>) => void
  close?: () => void | Promise<void>
}

export type SpoutClass<O extends Outputs> = new () => SpoutInstance<O>

/**
 * A spout from a generator function or a class: `spout({ n: 'number' }, function* (context, from) { … })`.
 * Each of its tasks is one partition, `component/0` and so on; `context.index` says which. Several
 * output streams need a class.
 */
export function spout<const O extends Outputs>(outputs: O, component: (O extends Fields ? SpoutFunction<O> : never) | SpoutClass<O>): SpoutDefinition<StreamsOf<O>> {
  return {
    role: 'spout',
    streams: declaredStreams(outputs) as StreamsOf<O>,
    createTask: taskFactory(outputs, component),
  }
}

function taskFactory(outputs: Outputs, component: unknown): (context: SpoutContext) => SpoutTask {
  if (isClass(component, 'nextTuple')) {
    for (const method of ['nextTuple', 'seek']) {
      if (!hasMethod(component, method)) throw lacksMethod(component.name, method)
    }
    return (context) => new ClassSpoutTask(new component() as SpoutInstance<NamedStreams<Streams>>, context)
  }
  if (typeof component !== 'function') {
    throw refused(`${nameOf(component)}, which is neither a function nor a class`, 'give it a generator function (context, from) => …, or a class with nextTuple and seek, not an instance of it')
  }
  if (outputs instanceof NamedStreams) throw refused('a function with several streams', 'a sequence has one stream; write a class whose nextTuple names the stream with each emit')
  return (context) => new IterableSpoutTask(component as SpoutFunction<Fields>, context)
}

function lacksMethod(name: string, method: string): MillraceError {
  return method === 'seek'
    ? refused(`class ${name}, which has no seek method`, 'add seek(offset): exactly-once needs replay, so a spout must be able to go on from any offset it has emitted')
    : refused(`class ${name}, which has no ${method} method`, `add ${method} as a method of the class`)
}

function refused(given: string, remedy: string): MillraceError {
  return new MillraceError('MR_TOPOLOGY_INVALID', `spout() was given ${given}`, { remedy })
}
