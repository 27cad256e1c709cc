import { sink, textOf, type KeyOptions, type Sink, type Texts } from './sink.ts'

export interface HashOptions<F extends string, V extends string, T extends object> extends KeyOptions<T> {
  /** The tuple's field whose value names the hash field. */
  readonly field: F
  /** The tuple's field that holds the value. */
  readonly value: V
}

/**
 * Sets fields of a hash; the last value stays. Which one is last is defined when tuples of one field
 * come to one task in order: subscribe by `fieldsGrouping` on it.
 */
export function redisHash<const F extends string, const V extends string, T extends object = object>(options: HashOptions<F, V, T>): Sink<T & Texts<F | V>> {
  const { field, value } = options
  return sink(options, {
    type: 'hash',
    reads: [field, value],
    mergeable: false,
    write: (writes, key, tuple) => writes.hashSet(key, textOf(tuple, field), textOf(tuple, value)),
  })
}
