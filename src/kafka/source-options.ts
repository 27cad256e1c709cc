/** What `kafkaSpout` hands to the main-thread half of the connector: plain data, one per component. */
export interface KafkaSourceOptions {
  /** At least one, no duplicates. */
  readonly topics: readonly string[]
  /** Where a partition begins that has no stored position. */
  readonly start: KafkaStart
  /** `topic/partition` → offset of the first record to read: explicit wishes, which go before `start`. */
  readonly seeks: Readonly<Record<string, number>>
  /** Decides what `latest` means: the last stable offset, or the high watermark. */
  readonly isolation: Isolation
}

/**
 * `earliest` (default) and `latest` are the ends of the log; `committed` is what the consumer group
 * has committed to Kafka, earliest where it has not; a time is the first record at or after it;
 * offsets are given by `topic/partition`, earliest where absent.
 */
export type KafkaStart =
  | 'committed'
  | 'earliest'
  | 'latest'
  | { readonly timestampMs: number }
  | { readonly offsets: Readonly<Record<string, number>> }

export type Isolation = 'read_committed' | 'read_uncommitted'
