import { sink, textOf, type KeyOptions, type Sink, type Texts } from './sink.ts'

export interface SetOptions<F extends string, T extends object> extends KeyOptions<T> {
  /** The tuple's field whose value becomes a member. */
  readonly member: F
}

/** Adds members to a set. */
export function redisSet<const F extends string, T extends object = object>(options: SetOptions<F, T>): Sink<T & Texts<F>> {
  const { member } = options
  return sink(options, { type: 'set', reads: [member], mergeable: true, write: (writes, key, tuple) => writes.setAdd(key, textOf(tuple, member)) })
}
