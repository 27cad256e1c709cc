import type { RequestContext } from './api-handler.ts'

/** This broker as clients are told of it: the one node of its cluster, and the coordinator of everything. */
export interface BrokerNode {
  readonly id: number
  readonly rack: string | null
  readonly clusterId: string
  /** Where the client that asks can reach it. */
  addressFor(context: RequestContext): { readonly host: string; readonly port: number }
}

/** There is no replication, so there is one leader for ever. */
export const leaderEpoch = 0

/** All that Kafka lets a user do, as bits by the number of the operation: there is no authorization. */
export const everyOperation = {
  /** read, write, create, delete, alter, describe, describe and alter configs */
  topic: bits(3, 4, 5, 6, 7, 8, 10, 11),
  /** create, alter, describe, cluster action, describe and alter configs, idempotent write */
  cluster: bits(5, 7, 8, 9, 10, 11, 12),
} as const

function bits(...operations: readonly number[]): number {
  return operations.reduce((sum, operation) => sum | (1 << operation), 0)
}
