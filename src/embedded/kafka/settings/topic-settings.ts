import type { Setting } from './setting.ts'

const throttledReplicas = 'Replicas whose replication is throttled. There is one broker, so it has no effect.'

/** The settings of a topic. What is not set on the topic follows the broker's settings, also their defaults. */
export const topicSettings: readonly Setting[] = [
  { name: 'cleanup.policy', type: 'list', fallback: null, oneOf: ['compact', 'delete'], follows: [{ name: 'log.cleanup.policy' }], documentation: 'delete, compact (keep the newest record of each key), or both.' },
  { name: 'compression.type', type: 'string', fallback: null, oneOf: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'], follows: [{ name: 'compression.type' }], documentation: 'The codec batches are stored with; producer leaves them as they come.' },
  { name: 'delete.retention.ms', type: 'long', fallback: null, min: 0, follows: [{ name: 'log.cleaner.delete.retention.ms' }], documentation: 'How long compaction keeps tombstones.' },
  { name: 'file.delete.delay.ms', type: 'long', fallback: null, min: 0, follows: [{ name: 'log.segment.delete.delay.ms' }], documentation: 'How long the file of a deleted segment is kept for readers that are still on it.' },
  { name: 'flush.messages', type: 'long', fallback: null, min: 1, follows: [{ name: 'log.flush.interval.messages' }], documentation: 'Records after which a partition is flushed to disk; 1 flushes before every answer.' },
  { name: 'flush.ms', type: 'long', fallback: null, min: 0, follows: [{ name: 'log.flush.interval.ms' }, { name: 'log.flush.scheduler.interval.ms' }], documentation: 'The longest time records may be kept from the disk.' },
  { name: 'follower.replication.throttled.replicas', type: 'list', fallback: '', documentation: throttledReplicas },
  { name: 'index.interval.bytes', type: 'int', fallback: null, min: 0, follows: [{ name: 'log.index.interval.bytes' }], documentation: 'Bytes of records between two entries of the index.' },
  { name: 'leader.replication.throttled.replicas', type: 'list', fallback: '', documentation: throttledReplicas },
  { name: 'max.compaction.lag.ms', type: 'long', fallback: null, min: 1, follows: [{ name: 'log.cleaner.max.compaction.lag.ms' }], documentation: 'The longest time a record stays as it is.' },
  { name: 'max.message.bytes', type: 'int', fallback: null, min: 0, follows: [{ name: 'message.max.bytes' }], documentation: 'The largest record batch.' },
  { name: 'message.timestamp.after.max.ms', type: 'long', fallback: null, min: 0, follows: [{ name: 'log.message.timestamp.after.max.ms' }], documentation: 'How much newer than the broker\'s time a record may say to be.' },
  { name: 'message.timestamp.before.max.ms', type: 'long', fallback: null, min: 0, follows: [{ name: 'log.message.timestamp.before.max.ms' }], documentation: 'How much older than the broker\'s time a record may say to be.' },
  { name: 'message.timestamp.type', type: 'string', fallback: null, oneOf: ['CreateTime', 'LogAppendTime'], follows: [{ name: 'log.message.timestamp.type' }], documentation: 'Whether records keep the time of their producer or get that of the append.' },
  { name: 'min.cleanable.dirty.ratio', type: 'double', fallback: null, min: 0, max: 1, follows: [{ name: 'log.cleaner.min.cleanable.ratio' }], documentation: 'Part of a log that must not be compacted yet for compaction to begin.' },
  { name: 'min.compaction.lag.ms', type: 'long', fallback: null, min: 0, follows: [{ name: 'log.cleaner.min.compaction.lag.ms' }], documentation: 'The shortest time a record stays as it is.' },
  { name: 'min.insync.replicas', type: 'int', fallback: null, min: 1, follows: [{ name: 'min.insync.replicas' }], documentation: 'Replicas that must have a record before acks=all is answered. There is one broker: with more than 1, acks=all is refused.' },
  { name: 'preallocate', type: 'boolean', fallback: 'false', documentation: 'Whether files are made in their full size. It has no effect here.' },
  { name: 'retention.bytes', type: 'long', fallback: null, follows: [{ name: 'log.retention.bytes' }], documentation: 'Size of a partition above which its oldest closed segments are deleted; -1 is no limit.' },
  { name: 'retention.ms', type: 'long', fallback: null, min: -1, follows: [{ name: 'log.retention.ms' }, { name: 'log.retention.minutes', unit: 60_000 }, { name: 'log.retention.hours', unit: 3_600_000 }], documentation: 'Age at which closed segments are deleted; -1 is never.' },
  { name: 'segment.bytes', type: 'int', fallback: null, min: 14, follows: [{ name: 'log.segment.bytes' }], documentation: 'The largest segment file. Kafka asks for at least 1048576, here smaller ones are allowed.' },
  { name: 'segment.index.bytes', type: 'int', fallback: null, min: 4, follows: [{ name: 'log.index.size.max.bytes' }], documentation: 'The largest index of a segment.' },
  { name: 'segment.jitter.ms', type: 'long', fallback: '0', min: 0, documentation: 'Spread of the times at which segments are closed. It has no effect here.' },
  { name: 'segment.ms', type: 'long', fallback: null, min: 1, follows: [{ name: 'log.roll.ms' }, { name: 'log.roll.hours', unit: 3_600_000 }], documentation: 'A segment is closed when its records span more than this.' },
  { name: 'unclean.leader.election.enable', type: 'boolean', fallback: 'false', documentation: 'There is one broker, so it has no effect.' },
]
