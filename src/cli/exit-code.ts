import type { ErrorCode } from '../errors.ts'

/** What the process ends with. The README has the same list for users. */
export const exitCode = {
  ok: 0,
  failed: 1,
  /** Wrong options, or a Node that is too old. */
  usage: 2,
  /** The topology is invalid, or its file cannot be loaded. */
  topology: 3,
  /** Kafka or Redis cannot be reached or refuses the login, or going on would make results wrong. */
  refused: 4,
  /** Interrupted twice. */
  interrupted: 130,
} as const

/** Codes that do not mean "failed while running". */
const others: Partial<Record<ErrorCode, number>> = {
  MR_OPTIONS_INVALID: exitCode.usage,
  MR_TOPOLOGY_INVALID: exitCode.topology,
  MR_TOPOLOGY_FILE: exitCode.topology,
  MR_TOPOLOGY_DIFFERS: exitCode.topology,
  MR_STATE_MISSING: exitCode.refused,
  MR_REWIND_REFUSED: exitCode.refused,
  MR_GENERATION_SWITCHED: exitCode.refused,
  MR_REPLAY_REFUSED: exitCode.refused,
  MR_RECORDS_EXPIRED: exitCode.refused,
  MR_LOG_TRUNCATED: exitCode.refused,
  MR_OFFSET_OUT_OF_RANGE: exitCode.refused,
  MR_KAFKA_UNREACHABLE: exitCode.refused,
  MR_KAFKA_AUTH: exitCode.refused,
  MR_KAFKA_AUTHORIZATION: exitCode.refused,
  MR_KAFKA_VERSION: exitCode.refused,
  MR_KAFKA_TOPIC_UNKNOWN: exitCode.refused,
  MR_KAFKA_TOPIC_EXISTS: exitCode.refused,
  MR_KAFKA_LAYOUT_INVALID: exitCode.refused,
  MR_KAFKA_CONFIG_INVALID: exitCode.refused,
  MR_KAFKA_GROUP_UNKNOWN: exitCode.refused,
  MR_KAFKA_GROUP_ACTIVE: exitCode.refused,
  MR_REDIS_UNREACHABLE: exitCode.refused,
  MR_REDIS_AUTH: exitCode.refused,
  MR_REDIS_VERSION: exitCode.refused,
  MR_REDIS_REPLICA: exitCode.refused,
  MR_REDIS_EVICTION: exitCode.refused,
  MR_REDIS_CLUSTER: exitCode.refused,
  MR_REDIS_KEYS_TAKEN: exitCode.refused,
  MR_REDIS_BADTYPE: exitCode.refused,
  MR_DIRECTORY_IN_USE: exitCode.refused,
  MR_JOURNAL_CORRUPT: exitCode.refused,
}

export function exitCodeOf(code: ErrorCode): number {
  return others[code] ?? exitCode.failed
}
