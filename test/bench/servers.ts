import { startKafka } from '../support/kafka-server.ts'
import { startRedis } from '../support/redis-server.ts'

export interface Servers {
  readonly brokers: readonly string[]
  readonly redisUrl: string
}

/** Kafka and Redis on this machine for the time of one measurement. */
export async function withServers<T>(measure: (servers: Servers) => Promise<T>): Promise<T> {
  const [kafka, redis] = await Promise.all([startKafka({ jvm: 'fast', config: { 'log.retention.check.interval.ms': '10000' } }), startRedis()])
  try {
    return await measure({ brokers: kafka.brokers, redisUrl: redis.url })
  } finally {
    await Promise.all([kafka.stop(), redis.stop()])
  }
}
