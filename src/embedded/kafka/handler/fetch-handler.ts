import type { Clock } from '../../../base/clock.ts'
import { errorCode } from '../../../wire/api/error-code.ts'
import { fetch } from '../../../wire/api/fetch.ts'
import type { RequestOf, ResponseToWrite } from '../../../wire/message/api.ts'
import { defineHandler } from '../api-handler.ts'
import type { ApiHandler } from '../api-handler.ts'
import type { Isolation } from '../log/read-log.ts'
import { Refusal } from '../refusal.ts'
import type { Settings } from '../settings/settings.ts'
import type { Topics } from '../topic/topics.ts'
import { checkLeaderEpoch, logOf } from './partition-of.ts'
import { enoughToRead } from './enough-to-read.ts'
import type { Wanted } from './enough-to-read.ts'

type Request = RequestOf<typeof fetch>
type TopicAnswer = NonNullable<ResponseToWrite<typeof fetch>['responses']>[number]
type PartitionAnswer = NonNullable<TopicAnswer['partitions']>[number]

/**
 * Answers with what is there once it is enough, or after the client's longest wait. Every answer
 * has at least one whole batch when there is one, however small the limits are (KIP-74). There are
 * no fetch sessions: each request names all its partitions.
 */
export function fetchHandler(topics: Topics, settings: Settings, clock: Clock): ApiHandler<typeof fetch> {
  return defineHandler({
    api: fetch,
    async handle(request, { signal }) {
      if (request.sessionId !== 0) return { errorCode: errorCode.FETCH_SESSION_ID_NOT_FOUND }
      const isolation = request.isolationLevel === 1 ? 'read_committed' : 'read_uncommitted'
      const maxBytes = Math.min(request.maxBytes, settings.number('fetch.max.bytes'))
      const wanted = wantedOf(request, topics)
      if (request.maxWaitMs > 0) await enoughToRead(wanted, Math.min(request.minBytes, maxBytes), isolation, { clock, maxWaitMs: request.maxWaitMs, signal })
      return { responses: await read(request, topics, isolation, maxBytes) }
    },
  })
}

/** Undefined as soon as a partition is to be answered with an error, which waits for nothing. */
function wantedOf(request: Request, topics: Topics): Wanted[] | undefined {
  const wanted: Wanted[] = []
  for (const { topic, partitions } of request.topics) {
    for (const { partition, currentLeaderEpoch, fetchOffset, partitionMaxBytes } of partitions) {
      const log = topics.log(topic, partition)
      if (log === undefined || currentLeaderEpoch > 0) return undefined
      wanted.push({ log, offset: fetchOffset, maxBytes: partitionMaxBytes, isGone: () => topics.log(topic, partition) !== log })
    }
  }
  return wanted
}

async function read(request: Request, topics: Topics, isolation: Isolation, maxBytes: number): Promise<TopicAnswer[]> {
  const responses: TopicAnswer[] = []
  let left = maxBytes
  let isFirst = true
  for (const { topic, partitions } of request.topics) {
    const answers: PartitionAnswer[] = []
    for (const { partition, currentLeaderEpoch, fetchOffset, partitionMaxBytes } of partitions) {
      try {
        const log = logOf(topics, topic, partition)
        checkLeaderEpoch(currentLeaderEpoch)
        if (fetchOffset < log.logStartOffset || fetchOffset > log.logEndOffset) throw new Refusal('OFFSET_OUT_OF_RANGE', `offset ${fetchOffset} is not in ${log.logStartOffset} to ${log.logEndOffset}`)
        const limit = Math.min(left, partitionMaxBytes)
        const found = log.availableBytes(fetchOffset, isolation) > 0 && (isFirst || limit > 0)
          ? await log.read({ offset: fetchOffset, maxBytes: Math.max(limit, 0), minOneBatch: isFirst, isolation })
          : undefined
        if (found !== undefined && found.sizeBytes > 0) {
          isFirst = false
          left -= found.sizeBytes
        }
        answers.push({
          partitionIndex: partition,
          highWatermark: log.logEndOffset,
          lastStableOffset: log.lastStableOffset,
          logStartOffset: log.logStartOffset,
          abortedTransactions: isolation === 'read_committed' ? found?.abortedTransactions ?? [] : null,
          records: found?.batches ?? [],
        })
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        answers.push({ partitionIndex: partition, errorCode: error.code, highWatermark: -1, abortedTransactions: null, records: [] })
      }
    }
    responses.push({ topic, partitions: answers })
  }
  return responses
}
