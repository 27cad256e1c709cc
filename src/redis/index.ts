/**
 * Results in Redis, exactly once. A sink is a bolt that writes; its writes and the positions of the
 * records they come from enter Redis in one atomic step.
 *
 *     builder.setBolt('count', redisCounter({ key: 'words', field: 'word' })).fieldsGrouping(words, 'word')
 */
export { redisReader, type RedisReader } from './redis-reader.ts'
export type { RedisSettings, RedisTls } from './redis-settings.ts'
export type { RedisWrites } from './sinks/recorded-writes.ts'
export { redisCounter, type CounterOptions } from './sinks/redis-counter.ts'
export { redisMax, redisMin, type ExtremeOptions } from './sinks/redis-extremes.ts'
export { redisHash, type HashOptions } from './sinks/redis-hash.ts'
export { redisHyperLogLog, type HyperLogLogOptions } from './sinks/redis-hyper-log-log.ts'
export { redisList, type ListOptions } from './sinks/redis-list.ts'
export { redisSet, type SetOptions } from './sinks/redis-set.ts'
export { redisSink, type RedisSinkClass, type RedisSinkFunction, type RedisSinkOptions } from './sinks/redis-sink.ts'
export { redisSortedSet, type SortedSetOptions } from './sinks/redis-sorted-set.ts'
export { redisStream, type StreamOptions } from './sinks/redis-stream.ts'
export { redisString, type StringOptions } from './sinks/redis-string.ts'
export { redisWindows, type WindowsOptions } from './sinks/redis-windows.ts'
export type { KeyOptions, Scalar, Sink } from './sinks/sink.ts'
