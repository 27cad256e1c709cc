import type { ErrorCode } from '../errors.ts'

/** What the process ends with. The README has the same list for users. */
export const exitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  topology: 3,
  refused: 4,
  interrupted: 130,
} as const

/** Codes that do not mean "failed while running". */
const others: Partial<Record<ErrorCode, number>> = {
  MR_OPTIONS_INVALID: exitCode.usage,
  MR_TOPOLOGY_INVALID: exitCode.topology,
  MR_TOPOLOGY_FILE: exitCode.topology,
  MR_TOPOLOGY_DIFFERS: exitCode.topology,
  MR_KAFKA_UNREACHABLE: exitCode.refused,
  MR_KAFKA_AUTH: exitCode.refused,
  MR_KAFKA_AUTHORIZATION: exitCode.refused,
  MR_KAFKA_VERSION: exitCode.refused,
  MR_KAFKA_TOPIC_UNKNOWN: exitCode.refused,
}

export function exitCodeOf(code: ErrorCode): number {
  return others[code] ?? exitCode.failed
}
