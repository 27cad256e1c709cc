import type { BoltCollector } from '../../topology/bolt.ts'
import { MillraceError } from '../../errors.ts'
import { isClass } from '../../topology/component-class.ts'
import { nameOf } from '../../topology/name-of.ts'
import type { Tuple } from '../../tuple/fields.ts'
import { storeRef } from '../result-keys.ts'
import { RecordedWrites, type RedisWrites } from './recorded-writes.ts'
import type { Sink } from './sink.ts'

export interface RedisSinkOptions {
  /** True when the order of tuples does not matter (increments, sets, extremes): it may then run before the thread hop. Default false. */
  readonly mergeable?: boolean
  /** Keys known beforehand: the start is refused when one is taken by something else. */
  readonly keys?: readonly string[]
  /** Fields of hashes that a recount may find different, such as the time of a write: `verify` does not compare them. */
  readonly volatile?: readonly string[]
}

export type RedisSinkFunction<In> = (tuple: In, redis: RedisWrites) => unknown

/**
 * A sink with memory of its own, such as names it has made: one instance per task and attempt, so what
 * an instance has written is committed in order or the instance is gone.
 */
export type RedisSinkClass<In> = new () => { execute(tuple: In, redis: RedisWrites): unknown }

/**
 * Writes whatever a tuple leads to. All writes of one call enter Redis together, exactly once; a call
 * that throws or rejects writes nothing.
 *
 *     redisSink((tuple: { user: string; cents: number }, redis) => {
 *       redis.hincrby('revenue', tuple.user, tuple.cents)
 *       redis.sadd('customers', tuple.user)
 *     }, { mergeable: true })
 */
export function redisSink<In extends object>(write: RedisSinkFunction<In> | RedisSinkClass<In>, options: RedisSinkOptions = {}): Sink<In> {
  if (typeof write !== 'function') {
    throw new MillraceError('MR_TOPOLOGY_INVALID', `redisSink was given ${nameOf(write)}, which is neither a function nor a class`, {
      remedy: 'give it a function (tuple, redis) => …, or a class with an execute method',
    })
  }
  return {
    role: 'bolt',
    streams: {},
    mergeable: options.mergeable ?? false,
    store: storeRef((options.keys ?? []).map((key) => ({ key })), options.volatile),
    createTask() {
      const call = writer(write)
      let free = new RecordedWrites()
      return {
        execute(tuple: Tuple, out: BoltCollector) {
          const recorded = free
          recorded.begin()
          let result: unknown
          try {
            result = call(tuple as In, recorded)
          } catch (error) {
            recorded.discard()
            throw error
          }
          if (!isPromise(result)) {
            recorded.applyTo(out.writes)
            return undefined
          }
          free = new RecordedWrites()
          return result.then(() => recorded.applyTo(out.writes))
        },
      }
    },
  }
}

function writer<In>(write: RedisSinkFunction<In> | RedisSinkClass<In>): RedisSinkFunction<In> {
  if (!isClass(write, 'execute')) return write
  const instance = new write()
  return (tuple, redis) => instance.execute(tuple, redis)
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
