import { alterPartitionReassignments } from '../../../wire/api/alter-partition-reassignments.ts'
import { listPartitionReassignments } from '../../../wire/api/list-partition-reassignments.ts'
import { defineHandler } from '../api-handler.ts'
import type { ApiHandler } from '../api-handler.ts'
import type { BrokerNode } from '../node.ts'
import { Refusal } from '../refusal.ts'
import type { Topics } from '../topic/topics.ts'
import { logOf } from './partition-of.ts'
import { checkReplicas } from './replica-assignment.ts'

/** One node: a partition can only stay where it is, and none is ever on its way. */
export function partitionReassignmentHandlers(node: BrokerNode, topics: Topics): [ApiHandler<typeof alterPartitionReassignments>, ApiHandler<typeof listPartitionReassignments>] {
  const check = (topic: string, partition: number, replicas: readonly number[] | null): void => {
    logOf(topics, topic, partition)
    if (replicas === null) throw new Refusal('NO_REASSIGNMENT_IN_PROGRESS', `no reassignment of ${topic}-${partition} is under way`)
    checkReplicas(node.id, partition, replicas)
  }
  return [
    defineHandler({
      api: alterPartitionReassignments,
      handle: (request) => ({
        responses: request.topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex, replicas }) => {
            try {
              check(name, partitionIndex, replicas)
              return { partitionIndex }
            } catch (error) {
              if (error instanceof Refusal) return { partitionIndex, errorCode: error.code, errorMessage: error.message }
              throw error
            }
          }),
        })),
      }),
    }),
    defineHandler({ api: listPartitionReassignments, handle: () => ({}) }),
  ]
}
