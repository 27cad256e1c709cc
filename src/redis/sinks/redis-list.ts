import { MillraceError } from '../../errors.ts'
import { sink, textOf, type KeyOptions, type Sink, type Texts } from './sink.ts'

export interface ListOptions<V extends string, T extends object> extends KeyOptions<T> {
  /** The tuple's field that holds the text. */
  readonly value: V
  /** Default `tail`. */
  readonly end?: 'head' | 'tail'
}

/** Pushes to a list, each tuple exactly once. */
export function redisList<const V extends string, T extends object = object>(options: ListOptions<V, T>): Sink<T & Texts<V>> {
  const { value, end = 'tail' } = options
  if (end !== 'head' && end !== 'tail') {
    throw new MillraceError('MR_TOPOLOGY_INVALID', `redisList cannot push to the ${String(end)} of a list`, { remedy: "end is 'head' or 'tail'" })
  }
  return sink(options, { type: 'list', reads: [value], mergeable: false, write: (writes, key, tuple) => writes.listPush(key, textOf(tuple, value), end) })
}
