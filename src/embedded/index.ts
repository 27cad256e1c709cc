/** Kafka and Redis without installing either: for development, demos and tests. */
export { startEmbeddedKafka } from './embedded-kafka.ts'
export type { EmbeddedKafka, EmbeddedKafkaOptions } from './embedded-kafka.ts'
export { startEmbeddedRedis } from './embedded-redis.ts'
export type { EmbeddedRedis, EmbeddedRedisOptions } from './embedded-redis.ts'
