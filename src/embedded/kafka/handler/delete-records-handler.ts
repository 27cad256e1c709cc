import { deleteRecords } from '../../../wire/api/delete-records.ts'
import { defineHandler } from '../api-handler.ts'
import type { ApiHandler } from '../api-handler.ts'
import { Refusal } from '../refusal.ts'
import type { Topics } from '../topic/topics.ts'
import { logOf } from './partition-of.ts'

export function deleteRecordsHandler(topics: Topics): ApiHandler<typeof deleteRecords> {
  return defineHandler({
    api: deleteRecords,
    async handle(request) {
      const answers = request.topics.map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(partitions.map(async ({ partitionIndex, offset }) => {
          try {
            return { partitionIndex, lowWatermark: await logOf(topics, name, partitionIndex).deleteRecordsBefore(offset) }
          } catch (error) {
            if (error instanceof Refusal) return { partitionIndex, lowWatermark: -1, errorCode: error.code }
            throw error
          }
        })),
      }))
      return { topics: await Promise.all(answers) }
    },
  })
}
