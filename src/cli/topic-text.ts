import type { TopicSetting } from '../kafka/admin/topic-configs.ts'
import type { TopicLayout } from '../kafka/admin/topics.ts'

/** A topic as kafka-topics --describe prints it. `settings` are those to be shown. */
export function topicText({ name, partitions }: TopicLayout, settings: readonly TopicSetting[]): string {
  const configs = settings.map((setting) => `${setting.name}=${setting.value ?? '(secret)'}`).join(',')
  const lines = partitions.map(({ partition, leader, replicas, isr }) =>
    `\tTopic: ${name}\tPartition: ${partition}\tLeader: ${leader < 0 ? 'none' : leader}\tReplicas: ${replicas.join(',')}\tIsr: ${isr.join(',')}\n`)
  return `Topic: ${name}\tPartitionCount: ${partitions.length}\tReplicationFactor: ${partitions[0]?.replicas.length ?? 0}\tConfigs: ${configs}\n${lines.join('')}`
}

/** The same for programs. */
export function topicData({ name, internal, partitions }: TopicLayout, settings: readonly TopicSetting[]): object {
  return {
    topic: name,
    internal,
    partitionCount: partitions.length,
    replicationFactor: partitions[0]?.replicas.length ?? 0,
    configs: Object.fromEntries(settings.map((setting) => [setting.name, setting.value])),
    partitions,
  }
}
