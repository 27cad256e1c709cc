import type { PartitionLog } from '../log/partition-log.ts'
import { leaderEpoch } from '../node.ts'
import { Refusal } from '../refusal.ts'
import type { Topics } from '../topic/topics.ts'

/** Throws the {@link Refusal} for a partition that is not there. */
export function logOf(topics: Topics, topic: string, partition: number): PartitionLog {
  const log = topics.log(topic, partition)
  if (log === undefined) throw new Refusal('UNKNOWN_TOPIC_OR_PARTITION', 'This server does not host this topic-partition.')
  return log
}

/** Throws the {@link Refusal} for a client that knows of another leader; -1 knows of none. */
export function checkLeaderEpoch(epoch: number): void {
  if (epoch > leaderEpoch) throw new Refusal('UNKNOWN_LEADER_EPOCH', `the client knows of leader epoch ${epoch}, this broker of ${leaderEpoch}`)
  if (epoch < -1) throw new Refusal('FENCED_LEADER_EPOCH', `leader epoch ${epoch} is older than ${leaderEpoch}`)
}
