import { listOffsets } from '../../../wire/api/list-offsets.ts'
import { defineHandler } from '../api-handler.ts'
import type { ApiHandler } from '../api-handler.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import { leaderEpoch } from '../node.ts'
import { Refusal } from '../refusal.ts'
import type { Topics } from '../topic/topics.ts'
import { checkLeaderEpoch, logOf } from './partition-of.ts'

/** Asked for instead of a time. */
const latest = -1
const earliest = -2
const maxTimestamp = -3

interface Found {
  readonly timestamp: number
  readonly offset: number
}

const none: Found = { timestamp: -1, offset: -1 }

export function listOffsetsHandler(topics: Topics): ApiHandler<typeof listOffsets> {
  return defineHandler({
    api: listOffsets,
    async handle(request, { version }) {
      const committed = request.isolationLevel === 1
      const answers = request.topics.map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(partitions.map(async ({ partitionIndex, currentLeaderEpoch, timestamp }) => {
          try {
            const log = logOf(topics, name, partitionIndex)
            checkLeaderEpoch(currentLeaderEpoch)
            if (timestamp === maxTimestamp && version < 7) throw new Refusal('UNSUPPORTED_VERSION', 'the largest timestamp is answered from version 7 on')
            const found = await find(log, timestamp, committed)
            return { partitionIndex, ...found, leaderEpoch: found.offset === -1 ? -1 : leaderEpoch }
          } catch (error) {
            if (error instanceof Refusal) return { partitionIndex, errorCode: error.code, ...none }
            throw error
          }
        })),
      }))
      return { topics: await Promise.all(answers) }
    },
  })
}

async function find(log: PartitionLog, timestamp: number, committed: boolean): Promise<Found> {
  const end = committed ? log.lastStableOffset : log.logEndOffset
  if (timestamp === latest) return { timestamp: -1, offset: end }
  if (timestamp === earliest) return { timestamp: -1, offset: log.logStartOffset }
  if (timestamp < 0 && timestamp !== maxTimestamp) throw new Refusal('INVALID_REQUEST', `${timestamp} is no time, nor one of -1, -2 and -3`)
  const found = timestamp === maxTimestamp ? await log.offsetOfMaxTimestamp() : await log.offsetForTimestamp(timestamp)
  return found === undefined || found.offset >= end ? none : found
}

