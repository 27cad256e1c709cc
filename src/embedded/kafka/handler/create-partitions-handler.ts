import { createPartitions } from '../../../wire/api/create-partitions.ts'
import type { RequestOf, ResponseToWrite } from '../../../wire/message/api.ts'
import { defineHandler } from '../api-handler.ts'
import type { ApiHandler } from '../api-handler.ts'
import type { BrokerNode } from '../node.ts'
import { Refusal } from '../refusal.ts'
import type { Topics } from '../topic/topics.ts'
import { repeatedNames } from './repeated-names.ts'
import { checkReplicas } from './replica-assignment.ts'

type Growth = RequestOf<typeof createPartitions>['topics'][number]
type Result = NonNullable<ResponseToWrite<typeof createPartitions>['results']>[number]

export function createPartitionsHandler(node: BrokerNode, topics: Topics): ApiHandler<typeof createPartitions> {
  const grow = async ({ name, count, assignments }: Growth, validateOnly: boolean): Promise<void> => {
    topics.checkGrowth(name, count)
    if (assignments !== null) {
      const now = topics.get(name)!.partitions
      const added = count - now
      if (assignments.length !== added) {
        throw new Refusal('INVALID_REPLICA_ASSIGNMENT', `Attempted to add ${added} additional partition(s), but only ${assignments.length} assignment(s) were specified.`)
      }
      for (const [i, { brokerIds }] of assignments.entries()) checkReplicas(node.id, now + i, brokerIds)
    }
    if (!validateOnly) await topics.grow(name, count)
  }
  return defineHandler({
    api: createPartitions,
    async handle(request) {
      const results: Result[] = []
      const repeated = repeatedNames(request.topics.map(({ name }) => name))
      for (const growth of request.topics) {
        const { name } = growth
        try {
          if (repeated.has(name)) throw new Refusal('INVALID_REQUEST', 'Duplicate topic name.')
          await grow(growth, request.validateOnly)
          results.push({ name })
        } catch (error) {
          if (!(error instanceof Refusal)) throw error
          results.push({ name, errorCode: error.code, errorMessage: error.message })
        }
      }
      return { results }
    },
  })
}
