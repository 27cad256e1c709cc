import { MillraceError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'
import { groupPlace } from './group-identity.ts'
import type { GroupIdentity } from './group-identity.ts'
import type { KafkaFailure } from './kafka-failure.ts'

interface Refusal {
  readonly code: ErrorCode
  readonly message: (of: GroupIdentity) => string
  readonly remedy: (of: GroupIdentity) => string
}

/** Errors of a group that do not pass by themselves, and what a person can do about them. */
const refusals = new Map<string, Refusal>([
  ['FENCED_INSTANCE_ID', {
    code: 'MR_INSTANCE_STOLEN',
    message: ({ instance }) => `another process has joined this topology under the instance name ${instance!}`,
    remedy: () => 'end one of the two, or give each process a name of its own by --instance NAME',
  }],
  ['GROUP_AUTHORIZATION_FAILED', {
    code: 'MR_KAFKA_AUTHORIZATION',
    message: ({ group }) => `the user lacks the right Read on the consumer group ${group}`,
    remedy: ({ group }) => `grant it: kafka-acls --add --allow-principal User:NAME --operation Read --group ${group}`,
  }],
  ['TOPIC_AUTHORIZATION_FAILED', {
    code: 'MR_KAFKA_AUTHORIZATION',
    message: () => 'the user lacks the right Read on a topic',
    remedy: () => 'grant it: kafka-acls --add --allow-principal User:NAME --operation Read --operation Describe --topic TOPIC',
  }],
  ['INCONSISTENT_GROUP_PROTOCOL', {
    code: 'MR_KAFKA_REFUSED',
    message: ({ group, instance }) => (instance === undefined
      ? `the members of the consumer group ${group} share it in ways this one does not know`
      : `the consumer group ${group} is in use by something else than millrace`),
    remedy: ({ instance }) => (instance === undefined
      ? 'let its other members offer range or roundrobin (partition.assignment.strategy), or name another group; the group of a topology cannot be shared'
      : 'give the topology a name that no other consumer group has'),
  }],
  ['INVALID_GROUP_ID', {
    code: 'MR_KAFKA_REFUSED',
    message: ({ group }) => `Kafka does not take ${group} as the name of a consumer group`,
    remedy: ({ instance }) => (instance === undefined ? 'name another group' : 'give the topology another name'),
  }],
  ['INVALID_SESSION_TIMEOUT', {
    code: 'MR_KAFKA_REFUSED',
    message: () => 'the session timeout is outside what the broker allows',
    remedy: () => 'set membership.sessionTimeoutMs between group.min.session.timeout.ms and group.max.session.timeout.ms of the broker',
  }],
  ['GROUP_MAX_SIZE_REACHED', {
    code: 'MR_KAFKA_REFUSED',
    message: ({ group }) => `the consumer group ${group} has no room for another process`,
    remedy: () => 'run fewer processes, or raise group.max.size of the broker',
  }],
])

/** kafkajs calls them not retriable, yet joining again mends them. */
const mendedByJoining = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'])

/** The error for the user when the group refuses us for good; undefined when trying again may help. */
export function refusal(failure: KafkaFailure, of: GroupIdentity): MillraceError | undefined {
  const known = refusals.get(failure.type)
  const place = groupPlace(of)
  if (known !== undefined) return new MillraceError(known.code, known.message(of), { place, remedy: known.remedy(of) })
  if (failure.retriable || mendedByJoining.has(failure.type)) return undefined
  return new MillraceError('MR_KAFKA_REFUSED', `${failure.type}: ${failure.message}`, { place, remedy: "look for the reason in the broker's log" })
}
