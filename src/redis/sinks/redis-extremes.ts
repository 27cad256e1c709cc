import { numberOf, sink, textOf, type KeyOptions, type Numbers, type Sink, type Texts } from './sink.ts'

export interface ExtremeOptions<F extends string, V extends string, T extends object> extends KeyOptions<T> {
  /** The tuple's field whose value names the hash field. */
  readonly field: F
  /** The tuple's field that holds the number. */
  readonly value: V
}

/** Keeps in a hash field the largest number ever seen. */
export function redisMax<const F extends string, const V extends string, T extends object = object>(options: ExtremeOptions<F, V, T>): Sink<T & Texts<F> & Numbers<V>> {
  const { field, value } = options
  return sink(options, {
    type: 'hash',
    reads: [field, value],
    mergeable: true,
    write: (writes, key, tuple) => writes.hashMax(key, textOf(tuple, field), numberOf(tuple, value)),
  })
}

/** Keeps in a hash field the smallest number ever seen. */
export function redisMin<const F extends string, const V extends string, T extends object = object>(options: ExtremeOptions<F, V, T>): Sink<T & Texts<F> & Numbers<V>> {
  const { field, value } = options
  return sink(options, {
    type: 'hash',
    reads: [field, value],
    mergeable: true,
    write: (writes, key, tuple) => writes.hashMin(key, textOf(tuple, field), numberOf(tuple, value)),
  })
}
