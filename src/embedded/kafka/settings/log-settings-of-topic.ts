import type { LogSettings } from '../log/log-settings.ts'
import { listOf } from './setting.ts'

/** A topic's settings as its logs use them. */
export function logSettings(textOf: (name: string) => string, producerIdExpirationMs: number): LogSettings {
  const number = (name: string): number => Number(textOf(name))
  const policies = listOf(textOf('cleanup.policy'))
  return {
    segmentBytes: number('segment.bytes'),
    segmentMs: number('segment.ms'),
    segmentIndexBytes: number('segment.index.bytes'),
    indexIntervalBytes: number('index.interval.bytes'),
    retentionMs: number('retention.ms'),
    retentionBytes: number('retention.bytes'),
    maxMessageBytes: number('max.message.bytes'),
    messageTimestampType: textOf('message.timestamp.type') === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    messageTimestampBeforeMaxMs: number('message.timestamp.before.max.ms'),
    messageTimestampAfterMaxMs: number('message.timestamp.after.max.ms'),
    cleanupPolicy: { delete: policies.includes('delete'), compact: policies.includes('compact') },
    deleteRetentionMs: number('delete.retention.ms'),
    minCleanableDirtyRatio: number('min.cleanable.dirty.ratio'),
    minCompactionLagMs: number('min.compaction.lag.ms'),
    maxCompactionLagMs: number('max.compaction.lag.ms'),
    fileDeleteDelayMs: number('file.delete.delay.ms'),
    flushMessages: number('flush.messages'),
    flushMs: number('flush.ms'),
    // The table of settings holds the words.
    compressionType: textOf('compression.type') as LogSettings['compressionType'],
    producerIdExpirationMs,
  }
}
