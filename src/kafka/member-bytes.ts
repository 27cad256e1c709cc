import { consumerAssignment, consumerSubscription, readConsumerMessage, writeConsumerMessage } from '../wire/api/consumer-protocol.ts'
import type { Subscriber } from './assignor.ts'
import type { Assignment } from './group-coordinator.ts'
import { byTopic, partitionName } from './partition-name.ts'

/*
 * What members tell each other through the coordinator, in the form of Java's consumer protocol, so
 * that members of every make can read it. Our one addition is JSON in the `userData` of an assignment.
 */
type Claims = Pick<Subscriber, 'topics' | 'owned' | 'generation'>

interface TopicPartitions {
  readonly topic: string
  readonly partitions: readonly number[]
}

export function encodeMember({ topics, owned, generation }: Claims): Buffer {
  return writeConsumerMessage(consumerSubscription, 2, { topics, ownedPartitions: grouped(owned), generationId: generation })
}

export function decodeMember(bytes: Buffer): Claims {
  const { topics, ownedPartitions, generationId: generation } = readConsumerMessage(consumerSubscription, bytes)
  return { topics, owned: names(ownedPartitions), generation }
}

export function encodeAssignment({ partitions, counts }: Assignment): Buffer {
  const userData = counts === undefined ? null : Buffer.from(JSON.stringify({ counts: Object.fromEntries(counts) }))
  return writeConsumerMessage(consumerAssignment, 0, { assignedPartitions: grouped(partitions), userData })
}

/** No bytes are no partitions: the leader did not know us. */
export function decodeAssignment(bytes: Buffer): Assignment {
  if (bytes.length === 0) return { partitions: [], counts: new Map() }
  const { assignedPartitions, userData } = readConsumerMessage(consumerAssignment, bytes)
  return { partitions: names(assignedPartitions), counts: countsOf(userData) }
}

/** Members of other makes may lead: what cannot be read was not said. */
function countsOf(userData: Buffer | null): Assignment['counts'] {
  try {
    const { counts } = JSON.parse(String(userData)) as { counts: unknown }
    if (typeof counts !== 'object' || counts === null) return undefined
    return new Map(Object.entries(counts).filter((entry): entry is [string, number] => typeof entry[1] === 'number'))
  } catch {
    return undefined
  }
}

function grouped(partitions: readonly string[]): TopicPartitions[] {
  return [...byTopic(partitions)].map(([topic, numbers]) => ({ topic, partitions: numbers }))
}

function names(topics: readonly TopicPartitions[]): string[] {
  return topics.flatMap(({ topic, partitions }) => partitions.map((partition) => partitionName(topic, partition)))
}
