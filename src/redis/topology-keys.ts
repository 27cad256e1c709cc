/** Where a topology keeps its own state in Redis, beside the result keys the user names. */
export interface TopologyKeys {
  /** Hash: `topic/partition` → `next|owner|commit id`. Changes in the same script as the results. */
  readonly offsets: string
  /** Hash: fingerprint, status, created, and `start:topic/partition`. */
  readonly meta: string
  /** Hash: `topic/partition` → `counted N skipped N dead-lettered N gaps N from N`. */
  readonly fates: string
  /** Hash: `topic/partition@offset` of every dead-lettered record → 0 and, once it was retried and counted, 1, in the form of an offset. */
  readonly deadLetters: string
}

export function topologyKeys(topology: string): TopologyKeys {
  const key = (name: string) => `{${topology}}:${name}`
  return { offsets: key('offsets'), meta: key('meta'), fates: key('fates'), deadLetters: key('dead-letters') }
}
