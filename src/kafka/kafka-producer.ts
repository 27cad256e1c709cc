import { systemClock } from '../base/clock.ts'
import { silentLogger } from '../base/logger.ts'
import type { Logger } from '../base/logger.ts'
import type { KafkaSettings } from './connection.ts'
import { openCluster } from './kafkajs-cluster.ts'
import { clusterProducePort } from './producer/cluster-produce-port.ts'
import { Producer } from './producer/producer.ts'
import type { ProducerRecord, RecordPosition } from './producer/producer.ts'
import { checkProducerOptions } from './producer/producer-options.ts'
import type { ProducerOptions } from './producer/producer-options.ts'

/**
 * Sends records to Kafka in batches. Each partition gets its records in the order of the calls, and
 * with `acks: 'all'` (the default) each of them once, however often a request must be repeated.
 * Memory is bounded: beyond `memoryBytes` calls wait.
 */
export interface KafkaProducer {
  /**
   * Resolves with the record's position when it is acknowledged; rejects when it will not be. Key and
   * value must not be changed before. Many calls may be under way: awaiting each before the next is
   * synchronous sending, the slow way.
   */
  send(record: ProducerRecord): Promise<RecordPosition>
  /**
   * Takes a record that has no answer of its own: the fast way. Undefined means that it is copied and
   * the next one may come; else wait for the promise first. It rejects, as does every later call, once
   * a pushed record has failed.
   */
  push(record: ProducerRecord): Promise<void> | undefined
  /** Sends what was given so far at once. Resolves when it is settled; rejects with the first failure of a pushed record. */
  flush(): Promise<void>
  /** Flushes and closes all connections. */
  close(): Promise<void>
}

/** Connects. Throws MR_OPTIONS_INVALID, MR_KAFKA_UNREACHABLE, MR_KAFKA_AUTH. Never creates topics. */
export async function kafkaProducer(settings: KafkaSettings, options: ProducerOptions = {}, log: Logger = silentLogger): Promise<KafkaProducer> {
  const checked = checkProducerOptions(options)
  const cluster = await openCluster(settings, log, 'produce')
  const producer = new Producer(clusterProducePort(cluster), checked, systemClock, log)
  return {
    send: (record) => producer.send(record),
    push: (record) => producer.push(record),
    flush: () => producer.flush(),
    async close() {
      try {
        await producer.close()
      } finally {
        cluster.disconnect()
      }
    },
  }
}
