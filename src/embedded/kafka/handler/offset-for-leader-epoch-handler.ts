import { offsetForLeaderEpoch } from '../../../wire/api/offset-for-leader-epoch.ts'
import { defineHandler } from '../api-handler.ts'
import type { ApiHandler } from '../api-handler.ts'
import { leaderEpoch as onlyEpoch } from '../node.ts'
import { Refusal } from '../refusal.ts'
import type { Topics } from '../topic/topics.ts'
import { checkLeaderEpoch, logOf } from './partition-of.ts'

/** The only epoch ends where the log ends. */
export function offsetForLeaderEpochHandler(topics: Topics): ApiHandler<typeof offsetForLeaderEpoch> {
  return defineHandler({
    api: offsetForLeaderEpoch,
    handle: (request) => ({
      topics: request.topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => {
          try {
            const log = logOf(topics, topic, partition)
            checkLeaderEpoch(currentLeaderEpoch)
            return leaderEpoch === onlyEpoch ? { partition, leaderEpoch, endOffset: log.logEndOffset } : { partition }
          } catch (error) {
            if (error instanceof Refusal) return { partition, errorCode: error.code }
            throw error
          }
        }),
      })),
    }),
  })
}
