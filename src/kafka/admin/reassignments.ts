import { alterPartitionReassignments } from '../../wire/api/alter-partition-reassignments.ts'
import { listPartitionReassignments } from '../../wire/api/list-partition-reassignments.ts'
import { partitionName } from '../partition-name.ts'
import { throwAdminError } from './admin-refusal.ts'
import { insisting } from './administer.ts'
import type { Administration } from './administer.ts'
import type { ReplicaPlan } from './replica-plan.ts'

/** Begins to move the replicas; brokers copy on by themselves. Throws MR_KAFKA_LAYOUT_INVALID. */
export async function moveReplicas(administration: Administration, plan: ReplicaPlan): Promise<void> {
  const { cluster } = administration
  const topics = new Map<string, { partitionIndex: number; replicas: readonly number[] }[]>()
  for (const { topic, partition, replicas } of plan) {
    const partitions = topics.get(topic) ?? []
    partitions.push({ partitionIndex: partition, replicas })
    topics.set(topic, partitions)
  }
  await insisting(administration, async () => {
    const answer = await cluster.exchange('controller', alterPartitionReassignments, { topics: [...topics].map(([name, partitions]) => ({ name, partitions })) })
    throwAdminError(answer.errorCode, 'replicas cannot be moved', cluster.bootstrap, answer.errorMessage)
    for (const { name, partitions } of answer.responses) {
      for (const { partitionIndex, errorCode, errorMessage } of partitions) throwAdminError(errorCode, `${partitionName(name, partitionIndex)} cannot be moved`, cluster.bootstrap, errorMessage)
    }
  })
}

/** Names of the partitions whose replicas are being moved. */
export async function movingPartitions(administration: Administration): Promise<ReadonlySet<string>> {
  const { cluster } = administration
  return insisting(administration, async () => {
    const answer = await cluster.exchange('controller', listPartitionReassignments, { topics: null })
    throwAdminError(answer.errorCode, 'it cannot be asked what is being moved', cluster.bootstrap, answer.errorMessage)
    return new Set(answer.topics.flatMap(({ name, partitions }) => partitions.map(({ partitionIndex }) => partitionName(name, partitionIndex))))
  })
}
