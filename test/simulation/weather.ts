/** What the network does to a message. */
export interface Weather {
  /** Shares of all messages. */
  readonly lost: number
  readonly late: number
  /** Longest delay of a late one, and of the others. */
  readonly lateMs: number
  readonly latencyMs: number
}

export const calm: Weather = { lost: 0, late: 0, lateMs: 0, latencyMs: 3 }
