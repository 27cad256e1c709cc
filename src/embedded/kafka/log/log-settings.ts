import type { Codec } from '../../../wire/codec.ts'

/**
 * What a topic's settings say about its logs, by Kafka's names in camelCase and with Kafka's
 * meanings: times in ms, sizes in bytes, -1 for no limit where Kafka allows it. Read anew at every
 * use, so a change takes effect at once.
 */
export interface LogSettings {
  readonly cleanupPolicy: { readonly delete: boolean; readonly compact: boolean }
  /** `producer` keeps what came; any other packs each batch anew when it came packed otherwise. */
  readonly compressionType: 'producer' | 'uncompressed' | Exclude<Codec, 'none'>
  readonly deleteRetentionMs: number
  readonly fileDeleteDelayMs: number
  /** Records after which the log is synced, before they are acknowledged: 1 syncs every append. */
  readonly flushMessages: number
  /** The longest time an acknowledged record stays without a sync. Beyond 2^31 ms: never for its sake. */
  readonly flushMs: number
  readonly indexIntervalBytes: number
  readonly maxCompactionLagMs: number
  /** Size of a batch, as stored, that is still taken. */
  readonly maxMessageBytes: number
  readonly messageTimestampAfterMaxMs: number
  readonly messageTimestampBeforeMaxMs: number
  readonly messageTimestampType: 'CreateTime' | 'LogAppendTime'
  readonly minCleanableDirtyRatio: number
  readonly minCompactionLagMs: number
  /** How long a producer's sequence numbers are remembered after its last batch (`producer.id.expiration.ms`). */
  readonly producerIdExpirationMs: number
  readonly retentionBytes: number
  readonly retentionMs: number
  readonly segmentBytes: number
  readonly segmentIndexBytes: number
  readonly segmentMs: number
}

const day = 86_400_000

/** Kafka's defaults. */
export const defaultLogSettings: LogSettings = {
  cleanupPolicy: { delete: true, compact: false },
  compressionType: 'producer',
  deleteRetentionMs: day,
  fileDeleteDelayMs: 60_000,
  flushMessages: Infinity,
  flushMs: Infinity,
  indexIntervalBytes: 4_096,
  maxCompactionLagMs: Infinity,
  maxMessageBytes: 1_048_588,
  messageTimestampAfterMaxMs: 3_600_000,
  messageTimestampBeforeMaxMs: Infinity,
  messageTimestampType: 'CreateTime',
  minCleanableDirtyRatio: 0.5,
  minCompactionLagMs: 0,
  producerIdExpirationMs: day,
  retentionBytes: -1,
  retentionMs: 7 * day,
  segmentBytes: 1_073_741_824,
  segmentIndexBytes: 10_485_760,
  segmentMs: 7 * day,
}
