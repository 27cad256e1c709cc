import { MillraceError } from '../../errors.ts'
import type { ErrorCode } from '../../errors.ts'
import { errorName } from '../error-name.ts'
import { KafkaFailure } from '../kafka-failure.ts'

interface Refusal {
  readonly code: ErrorCode
  readonly remedy: string
}

const rights = { code: 'MR_KAFKA_AUTHORIZATION', remedy: 'grant the user the right that is missing, for example with kafka-acls --add' } as const

/** What a person can do about what a broker refuses for good. */
const refusals: Readonly<Record<string, Refusal>> = {
  TOPIC_ALREADY_EXISTS: { code: 'MR_KAFKA_TOPIC_EXISTS', remedy: 'take another name, or allow it with --if-not-exists' },
  INVALID_TOPIC_EXCEPTION: { code: 'MR_OPTIONS_INVALID', remedy: 'use up to 249 letters, digits, dots, dashes and underscores, and no name that differs from another in dots and underscores only' },
  INVALID_PARTITIONS: { code: 'MR_KAFKA_LAYOUT_INVALID', remedy: 'name at least one partition; an existing topic only takes more than it has' },
  INVALID_REPLICATION_FACTOR: { code: 'MR_KAFKA_LAYOUT_INVALID', remedy: 'name no more replicas than there are brokers' },
  INVALID_REPLICA_ASSIGNMENT: { code: 'MR_KAFKA_LAYOUT_INVALID', remedy: 'name brokers that exist, each once for a partition' },
  NO_REASSIGNMENT_IN_PROGRESS: { code: 'MR_KAFKA_LAYOUT_INVALID', remedy: 'nothing is being moved, so nothing can be cancelled' },
  INVALID_CONFIG: { code: 'MR_KAFKA_CONFIG_INVALID', remedy: 'correct the setting that is named' },
  POLICY_VIOLATION: { code: 'MR_KAFKA_REFUSED', remedy: 'keep to the rule of the cluster that is named' },
  INVALID_REQUEST: { code: 'MR_KAFKA_REFUSED', remedy: 'look at what the broker says' },
  NON_EMPTY_GROUP: { code: 'MR_KAFKA_GROUP_ACTIVE', remedy: 'stop all members of the group first' },
  UNKNOWN_MEMBER_ID: { code: 'MR_KAFKA_GROUP_ACTIVE', remedy: 'stop all members of the group first' },
  GROUP_ID_NOT_FOUND: { code: 'MR_KAFKA_GROUP_UNKNOWN', remedy: 'millrace groups list shows the groups there are' },
  TOPIC_AUTHORIZATION_FAILED: rights,
  GROUP_AUTHORIZATION_FAILED: rights,
  CLUSTER_AUTHORIZATION_FAILED: rights,
}

/** These pass when the cluster has found its leaders, controllers and coordinators again. */
const passing = new Set([
  'NOT_CONTROLLER', 'COORDINATOR_LOAD_IN_PROGRESS', 'COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_OR_FOLLOWER',
  'REQUEST_TIMED_OUT', 'NETWORK_EXCEPTION', 'REPLICA_NOT_AVAILABLE', 'UNSTABLE_OFFSET_COMMIT',
])

/** Throws unless the code is 0: KafkaFailure for what may pass, MillraceError for what never will. `what` says what was asked for. */
export function throwAdminError(code: number, what: string, at: string, brokerMessage: string | null = null): void {
  const error = errorName(code)
  if (error === undefined) return
  const message = `${what}: ${brokerMessage === null || brokerMessage === '' ? error : `${brokerMessage} (${error})`}`
  if (passing.has(error)) throw new KafkaFailure(error, message, true)
  const { code: millraceCode, remedy } = refusals[error] ?? { code: 'MR_KAFKA_REFUSED', remedy: "look for the reason in the broker's log" }
  throw new MillraceError(millraceCode, message, { place: { at }, remedy })
}
