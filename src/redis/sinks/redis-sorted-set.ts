import type { Tuple } from '../../tuple/fields.ts'
import { numberOf, sink, textOf, type KeyOptions, type Numbers, type Sink, type Texts } from './sink.ts'

export interface SortedSetOptions<F extends string, B extends string | number, T extends object> extends KeyOptions<T> {
  /** The tuple's field whose value is the member. */
  readonly member: F
  /** What is added to its score: a number, or the name of a field that holds one. Default 1. */
  readonly by?: B
}

/** Adds to scores of a sorted set, for leaderboards and top-N. Exact while scores stay whole and below 2^53. */
export function redisSortedSet<const F extends string, const B extends string | number = 1, T extends object = object>(
  options: SortedSetOptions<F, B, T>,
): Sink<T & Texts<F> & Numbers<Extract<B, string>>> {
  const { member } = options
  const by: string | number = options.by ?? 1
  const amountOf = typeof by === 'number' ? () => by : (tuple: Tuple) => numberOf(tuple, by)
  return sink(options, {
    type: 'sorted-set',
    reads: typeof by === 'number' ? [member] : [member, by],
    mergeable: true,
    write: (writes, key, tuple) => writes.sortedSetAdd(key, textOf(tuple, member), amountOf(tuple)),
  })
}
