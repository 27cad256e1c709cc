import { sink, textOf, type KeyOptions, type Sink, type Texts } from './sink.ts'

export interface StreamOptions<F extends string, T extends object> extends KeyOptions<T> {
  /** The tuple's fields that make up the entry, under their own names. */
  readonly fields: readonly [F, ...F[]]
}

/** Appends an entry to a stream, each tuple exactly once; Redis gives the id. */
export function redisStream<const F extends string, T extends object = object>(options: StreamOptions<F, T>): Sink<T & Texts<F>> {
  const { fields } = options
  return sink(options, {
    type: 'stream',
    reads: fields,
    mergeable: false,
    write: (writes, key, tuple) => writes.streamAppend(key, fields.flatMap((field) => [field, textOf(tuple, field)])),
  })
}
