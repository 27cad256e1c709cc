/** Of the consumer group, in ms: short, so that little has to happen until a session ends. */
export const membership = { sessionTimeoutMs: 3_000, heartbeatMs: 1_000, rebalanceTimeoutMs: 8_000, metadataRefreshMs: 3_000, startTimeoutMs: 6_000 } as const
export const requestTimeoutMs = 8_000
