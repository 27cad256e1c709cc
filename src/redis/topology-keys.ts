/** Where a topology keeps its own state in Redis, beside the result keys the user names. */
export interface TopologyKeys {
  /** Hash: `topic/partition` → `next|owner|commit id`. Changes in the same script as the results. */
  readonly offsets: string
  /** Hash: fingerprint, status, created, and `start:topic/partition`. */
  readonly meta: string
}

export function topologyKeys(topology: string): TopologyKeys {
  return { offsets: `{${topology}}:offsets`, meta: `{${topology}}:meta` }
}
