/** Settings of groups, by Kafka's broker settings in camelCase. Read on every use, so that alterations work at once. */
export interface GroupSettings {
  /** Shortest session timeout a member may ask for. Kafka's default 6000. */
  readonly groupMinSessionTimeoutMs: number
  /** Longest session timeout a member may ask for. Kafka's default 1800000. */
  readonly groupMaxSessionTimeoutMs: number
  /** How long a group that was empty waits for more members before its first generation. Kafka's default is 3000, ours 0. */
  readonly groupInitialRebalanceDelayMs: number
  /** Members a group may have. Kafka's default 2147483647. */
  readonly groupMaxSize: number
  /** How long offsets are kept after their group became empty, or after the commit when they were committed without members. Kafka's default 10080. */
  readonly offsetsRetentionMinutes: number
  /** How often expired offsets are looked for. Kafka's default 600000. */
  readonly offsetsRetentionCheckIntervalMs: number
  /** Longest metadata of a committed offset. Kafka's default 4096. */
  readonly offsetMetadataMaxBytes: number
}

export const defaultGroupSettings: GroupSettings = {
  groupMinSessionTimeoutMs: 6_000,
  groupMaxSessionTimeoutMs: 1_800_000,
  groupInitialRebalanceDelayMs: 0,
  groupMaxSize: 2_147_483_647,
  offsetsRetentionMinutes: 10_080,
  offsetsRetentionCheckIntervalMs: 600_000,
  offsetMetadataMaxBytes: 4_096,
}
