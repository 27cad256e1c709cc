import { inspect } from 'node:util'

/**
 * Every error a user can meet has a code, a place, a cause and a remedy. The table below is the
 * whole list; `test/errors.test.ts` holds the README and this table equal.
 */

/** Where an error happened; only the known parts are set. */
export interface Place {
  readonly topology?: string
  readonly component?: string
  readonly task?: number
  /** `topic/partition`. */
  readonly partition?: string
  readonly offset?: number
  /** A Redis key, a host, a file: whatever names the thing that is wrong. */
  readonly at?: string
}

export const errorCodes = {
  // the topology and its file
  MR_TOPOLOGY_INVALID: 'The topology does not fit together; every fault is listed.',
  MR_TOPOLOGY_FILE: 'The topology file cannot be loaded, throws, or exports no topology.',
  MR_TOPOLOGY_DIFFERS: 'Two threads built different topologies from one file.',
  MR_OPTIONS_INVALID: 'An option is missing, unknown or out of its range.',
  // running
  MR_BOLT_FAILED: 'A bolt threw, and its policy is to stop.',
  MR_SPOUT_FAILED: 'A spout could not be opened or read.',
  MR_RECORD_INVALID: 'A record cannot be decoded, and the policy is to stop.',
  MR_TOO_MANY_DEAD_LETTERS: 'So many records fail that their schema must have changed.',
  MR_EMIT_INVALID: 'A tuple was emitted that does not fit its stream.',
  MR_RESULTS_CONFLICT: 'Results of one epoch contradict each other.',
  MR_WORKER_DIED: 'A worker thread ended or stopped answering too often.',
  MR_CONSERVATION: 'Tuples sent and received differ in an epoch; the epoch was not committed.',
  MR_STATE_MISSING: 'Positions are missing from the store though records were counted before.',
  MR_REWIND_REFUSED: 'A start position was asked for that would make existing results wrong.',
  MR_RECORDS_EXPIRED: 'Records were deleted by retention before they were counted.',
  MR_LOG_TRUNCATED: 'A partition ends before the position that was already counted.',
  MR_COMMIT_REFUSED: 'The store refuses the results of an epoch for good.',
  MR_GENERATION_SWITCHED: 'The results were replaced by those of another version of the topology file.',
  MR_REPLAY_ENDED: 'The replay this process works on was switched live, or dropped.',
  MR_REPLAY_REFUSED: 'What was asked of a replay does not fit how the results stand.',
  MR_DRAIN_TIMEOUT: 'The topology did not drain in time; nothing uncommitted was written.',
  // Kafka
  MR_KAFKA_UNREACHABLE: 'No broker of the list could be reached.',
  MR_KAFKA_AUTH: 'A broker refused the login or the TLS connection.',
  MR_KAFKA_AUTHORIZATION: 'The user may not do this on the topic, group or cluster.',
  MR_KAFKA_VERSION: 'The broker does not speak a version of a request that millrace needs.',
  MR_KAFKA_TOPIC_UNKNOWN: 'A topic or partition does not exist.',
  MR_INSTANCE_STOLEN: 'Another process runs this topology under the same instance name.',
  MR_KAFKA_REFUSED: 'A broker refused a request for good.',
  MR_KAFKA_CODEC: 'A record batch is compressed with a codec that is not known.',
  MR_OFFSET_OUT_OF_RANGE: 'The position to read from is not in the log (any more).',
  MR_RECORD_BATCH_CORRUPT: 'Bytes from Kafka are not a valid record batch.',
  MR_RECORD_TOO_LARGE: 'A record is larger than `maxRecordBytes`, or than the broker takes.',
  MR_KAFKA_TOPIC_EXISTS: 'A topic of this name exists already.',
  MR_KAFKA_LAYOUT_INVALID: 'The partitions or replicas asked for are not possible.',
  MR_KAFKA_CONFIG_INVALID: 'A setting of a topic is unknown, or its value is not allowed.',
  MR_KAFKA_GROUP_UNKNOWN: 'A consumer group does not exist.',
  MR_KAFKA_GROUP_ACTIVE: 'A consumer group has members, so it cannot be changed.',
  MR_PRODUCE_FAILED: 'Records were not acknowledged by Kafka in time, or their producer was closed.',
  // Redis
  MR_REDIS_UNREACHABLE: 'Redis cannot be reached, or did not become ready in time.',
  MR_REDIS_AUTH: 'Redis refuses the user, the password, or a command this user may not run.',
  MR_REDIS_VERSION: 'The Redis is too old for the commit script.',
  MR_REDIS_REPLICA: 'The Redis is a read-only replica.',
  MR_REDIS_EVICTION: 'The Redis may evict results when its memory is full.',
  MR_REDIS_CLUSTER: 'The Redis is a cluster node, which is not supported in this version.',
  MR_REDIS_KEYS_TAKEN: 'A result key already holds something this topology did not write.',
  MR_REDIS_BADTYPE: 'A key holds another type than the topology writes.',
  MR_REDIS_REFUSED: 'Redis refuses a command for a cause that does not pass by itself.',
  MR_REDIS_CLOSED: 'The connection to Redis was closed while an answer was outstanding.',
  // embedded servers
  MR_PORT_TAKEN: 'The port a server should listen on is taken.',
  MR_EMBEDDED_SERVER: 'An embedded Kafka or Redis cannot be started, or ended by itself.',
  MR_DIRECTORY_IN_USE: 'Another embedded server uses the data directory.',
  MR_JOURNAL_CORRUPT: 'A file in which an embedded server keeps its state is damaged.',
  MR_JOURNAL_IO: 'A file in which an embedded server keeps its state cannot be opened, read or written.',
  MR_INTERNAL: 'A fault in millrace itself.',
} as const

export type ErrorCode = keyof typeof errorCodes

export interface ErrorDetail {
  readonly place?: Place
  /** The next thing to do. */
  readonly remedy?: string
  readonly cause?: unknown
}

/** An error in plain data, as it crosses threads. */
export interface ErrorData {
  readonly code: ErrorCode
  readonly message: string
  readonly place: Place
  readonly remedy: string | undefined
  readonly cause: string | undefined
}

export class MillraceError extends Error {
  override readonly name = 'MillraceError'
  readonly code: ErrorCode
  readonly place: Place
  readonly remedy: string | undefined

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.code = code
    this.place = detail.place ?? {}
    this.remedy = detail.remedy
  }

  /** The same error with parts of the place filled in that were not known where it was made. */
  within(place: Place): MillraceError {
    return new MillraceError(this.code, this.message, {
      place: { ...place, ...this.place },
      cause: this.cause,
      ...(this.remedy === undefined ? {} : { remedy: this.remedy }),
    })
  }

  /** The same error under another code. */
  as(code: ErrorCode): MillraceError {
    return new MillraceError(code, this.message, { place: this.place, cause: this.cause, ...(this.remedy === undefined ? {} : { remedy: this.remedy }) })
  }

  toData(): ErrorData {
    const { cause } = this
    return {
      code: this.code,
      message: this.message,
      place: this.place,
      remedy: this.remedy,
      cause: cause === undefined ? undefined : causeText(cause),
    }
  }

  static fromData(data: ErrorData): MillraceError {
    return new MillraceError(data.code, data.message, {
      place: data.place,
      cause: data.cause,
      ...(data.remedy === undefined ? {} : { remedy: data.remedy }),
    })
  }
}

/** `topology word-count, component split, task 3, sentences/0@9720`. */
export function placeText(place: Place): string {
  const parts: string[] = []
  if (place.topology !== undefined) parts.push(`topology ${place.topology}`)
  if (place.component !== undefined) parts.push(`component ${place.component}`)
  if (place.task !== undefined) parts.push(`task ${place.task}`)
  if (place.partition !== undefined) parts.push(place.offset === undefined ? place.partition : `${place.partition}@${place.offset}`)
  if (place.at !== undefined) parts.push(place.at)
  return parts.join(', ')
}

function causeText(cause: unknown): string {
  if (cause instanceof Error) return cause.stack ?? cause.message
  return typeof cause === 'string' ? cause : inspect(cause, { depth: 2, breakLength: Infinity })
}

/** Anything thrown, as a MillraceError; what is one already stays as it is. */
export function asMillraceError(thrown: unknown, code: ErrorCode, detail: ErrorDetail = {}): MillraceError {
  if (thrown instanceof MillraceError) return detail.place === undefined ? thrown : thrown.within(detail.place)
  const message = thrown instanceof Error ? thrown.message : causeText(thrown)
  return new MillraceError(code, message, { ...detail, cause: thrown })
}
