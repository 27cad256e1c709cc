import * as v from 'valibot'

/** How a process takes part in the consumer group of its topology. All in ms. */
export interface MembershipSettings {
  /** After this long without a heartbeat the group gives our partitions to others. Default 10,000. */
  readonly sessionTimeoutMs?: number | undefined
  /** How long a change of members may take: all must drain and commit within it. Default 60,000. */
  readonly rebalanceTimeoutMs?: number | undefined
  /** Default 3,000. At most a third of the session timeout. */
  readonly heartbeatMs?: number | undefined
  /** How often new partitions are looked for. Default 30,000. */
  readonly metadataRefreshMs?: number | undefined
  /** How long joining may fail at the start before that is an error. Default 10,000. */
  readonly startTimeoutMs?: number | undefined
}

export type CheckedMembershipSettings = v.InferOutput<typeof membershipSchema>

const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(1))

export const membershipSchema = v.pipe(
  v.strictObject({
    sessionTimeoutMs: v.optional(milliseconds, 10_000),
    rebalanceTimeoutMs: v.optional(milliseconds, 60_000),
    heartbeatMs: v.optional(milliseconds, 3_000),
    metadataRefreshMs: v.optional(milliseconds, 30_000),
    startTimeoutMs: v.optional(milliseconds, 10_000),
  }),
  v.check(({ heartbeatMs, sessionTimeoutMs }) => 3 * heartbeatMs <= sessionTimeoutMs, 'heartbeatMs must be at most a third of sessionTimeoutMs'),
)
