import { Refusal } from '../refusal.ts'

/** Throws the {@link Refusal} for replicas of a partition on other brokers than this one. */
export function checkReplicas(nodeId: number, partition: number, brokerIds: readonly number[]): void {
  if (brokerIds.length === 1 && brokerIds[0] === nodeId) return
  throw new Refusal('INVALID_REPLICA_ASSIGNMENT', brokerIds.length === 0
    ? `partition ${partition} is given no replica; broker ${nodeId} is the only node of this cluster`
    : `partition ${partition} cannot be on the brokers ${brokerIds.join(', ')}: broker ${nodeId} is the only node of this cluster`)
}
