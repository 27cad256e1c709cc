import type { Tuple } from '../../tuple/fields.ts'
import { numberOf, scalarText, sink, textOf, type KeyOptions, type Numbers, type Sink, type Texts } from './sink.ts'

export interface CounterOptions<F extends string, B extends string | number, T extends object> extends KeyOptions<T> {
  /** The tuple's field whose value is counted: it becomes the hash field. */
  readonly field: F
  /** What is added: a whole number, or the name of a field that holds one. Default 1. */
  readonly by?: B
}

/**
 * Counts values in a hash, exactly: `HGET words whale` is how many tuples had `word: 'whale'`.
 * Counters are 64-bit; one epoch's increment of a field stays below 2^53, or the tuple fails.
 *
 *     redisCounter({ key: 'words', field: 'word' })
 *     redisCounter({ key: (tuple: { day: string }) => `sales:${tuple.day}`, field: 'shop', by: 'cents' })
 */
export function redisCounter<const F extends string, const B extends string | number = 1, T extends object = object>(
  options: CounterOptions<F, B, T>,
): Sink<T & Texts<F> & Numbers<Extract<B, string>>> {
  const { key, field, expireAt, window } = options
  const by: string | number = options.by ?? 1
  const amountOf = typeof by === 'number' ? () => by : (tuple: Tuple) => numberOf(tuple, by)
  const general = sink<T & Texts<F> & Numbers<Extract<B, string>>, T>(options, {
    type: 'hash',
    reads: typeof by === 'number' ? [field] : [field, by],
    mergeable: true,
    write: (writes, target, tuple) => writes.hashAdd(target, textOf(tuple, field), amountOf(tuple)),
  })
  if (typeof key !== 'string' || by !== 1 || expireAt !== undefined || window !== undefined) return general
  // Plain counting is the hot path of many topologies: nothing here but the hash field.
  return {
    ...general,
    createTask: () => ({
      execute(tuple, out) {
        const value = tuple[field]
        out.writes.hashAdd(key, typeof value === 'string' ? value : scalarText(value, field), 1)
      },
      executeBatch(batch, out) {
        const column = batch.column(field)
        if (column?.kind !== 'text') return false
        return out.writes.hashCount(key, column)
      },
    }),
  }
}
