import { sink, textOf, type KeyOptions, type Sink, type Texts } from './sink.ts'

export interface StringOptions<V extends string, T extends object> extends KeyOptions<T> {
  /** The tuple's field that holds the text. */
  readonly value: V
}

/** Sets a key to a text; the last one stays. As SET does, it takes away an earlier expiry unless `expireAt` is given. */
export function redisString<const V extends string, T extends object = object>(options: StringOptions<V, T>): Sink<T & Texts<V>> {
  const { value } = options
  return sink(options, { type: 'string', reads: [value], mergeable: false, write: (writes, key, tuple) => writes.stringSet(key, textOf(tuple, value)) })
}
