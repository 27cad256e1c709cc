import assignerProtocol from 'kafkajs/src/consumer/assignerProtocol.js'
import type { Subscriber } from './assignor.ts'
import type { Assignment } from './group-coordinator.ts'
import { byTopic, partitionName } from './partition-name.ts'

/*
 * What members tell each other through the coordinator, in the form of Java's consumer protocol, so
 * that Kafka's own tools can show the topics and partitions. Our additions are JSON in `userData`.
 */
const version = 0

type Claims = Pick<Subscriber, 'topics' | 'owned' | 'generation'>

export function encodeMember(claims: Claims): Buffer {
  const userData = json({ generation: claims.generation, owned: Object.fromEntries(byTopic(claims.owned)) })
  return assignerProtocol.MemberMetadata.encode({ version, topics: claims.topics, userData })
}

export function decodeMember(bytes: Buffer): Claims {
  const { topics, userData } = assignerProtocol.MemberMetadata.decode(bytes)
  const { generation, owned } = parse(userData)
  return { topics, generation: typeof generation === 'number' ? generation : -1, owned: partitionsOf(owned) }
}

export function encodeAssignment({ partitions, counts }: Assignment): Buffer {
  const assignment = Object.fromEntries(byTopic(partitions))
  return assignerProtocol.MemberAssignment.encode({ version, assignment, userData: json({ counts: Object.fromEntries(counts) }) })
}

/** No bytes are no partitions: the leader did not know us. */
export function decodeAssignment(bytes: Buffer): Assignment {
  const decoded = bytes.length === 0 ? null : assignerProtocol.MemberAssignment.decode(bytes)
  if (decoded === null) return { partitions: [], counts: new Map() }
  const { counts } = parse(decoded.userData)
  return {
    partitions: partitionsOf(decoded.assignment),
    counts: new Map(Object.entries(counts ?? {}).filter((entry): entry is [string, number] => typeof entry[1] === 'number')),
  }
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value))
}

/** Other versions of millrace may sit in the group: what cannot be read is left out. */
function parse(userData: Buffer | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(String(userData))
    return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {}
  } catch {
    return {}
  }
}

function partitionsOf(topics: unknown): string[] {
  return Object.entries(topics ?? {}).flatMap(([topic, partitions]: [string, unknown]) =>
    Array.isArray(partitions) ? partitions.map((partition) => partitionName(topic, Number(partition))) : [])
}
