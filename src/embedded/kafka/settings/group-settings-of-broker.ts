import type { GroupSettings } from '../group/group-settings.ts'
import type { Settings } from './settings.ts'

/** The broker's settings as its groups use them. */
export function groupSettings(settings: Settings): GroupSettings {
  return {
    groupMinSessionTimeoutMs: settings.number('group.min.session.timeout.ms'),
    groupMaxSessionTimeoutMs: settings.number('group.max.session.timeout.ms'),
    groupInitialRebalanceDelayMs: settings.number('group.initial.rebalance.delay.ms'),
    groupMaxSize: settings.number('group.max.size'),
    offsetsRetentionMinutes: settings.number('offsets.retention.minutes'),
    offsetsRetentionCheckIntervalMs: settings.number('offsets.retention.check.interval.ms'),
    offsetMetadataMaxBytes: settings.number('offset.metadata.max.bytes'),
  }
}
