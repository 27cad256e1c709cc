/** Of the consumer group, in ms: short, so that little has to happen until a session ends. */
export const membership = { sessionTimeoutMs: 1_500, heartbeatMs: 500, rebalanceTimeoutMs: 4_000, metadataRefreshMs: 1_500, startTimeoutMs: 4_000 } as const
export const requestTimeoutMs = 8_000
