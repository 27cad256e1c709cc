/**
 * Kafka: `kafkaSpout({ topic: 'sentences', value: 'utf8' })` in a topology file, and the settings
 * under `connections.kafka` where it is submitted. `kafkaProducer(settings)` writes records, from
 * anywhere.
 */
export { kafkaSpout } from './kafka-spout.ts'
export type { FetchOptions, KafkaFields, KafkaSpout, KafkaSpoutOptions, KeyDecoding, ValueDecoding } from './kafka-spout.ts'
export type { RecordDecoder, RecordMeta } from './decoder.ts'
export type { StandardSchema } from './standard-schema.ts'
export type { Isolation, KafkaStart } from './source-options.ts'
export type { KafkaSasl, KafkaSettings, KafkaTls } from './connection.ts'
export { kafkaProducer } from './kafka-producer.ts'
export type { KafkaProducer } from './kafka-producer.ts'
export type { ProducerRecord, RecordPosition } from './producer/producer.ts'
export type { ProducerOptions } from './producer/producer-options.ts'
