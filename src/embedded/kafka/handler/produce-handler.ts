import { errorCode } from '../../../wire/api/error-code.ts'
import type { ErrorCodeName } from '../../../wire/api/error-code.ts'
import { produce } from '../../../wire/api/produce.ts'
import type { RequestOf, ResponseToWrite } from '../../../wire/message/api.ts'
import { defineHandler, noResponse } from '../api-handler.ts'
import type { ApiHandler } from '../api-handler.ts'
import { Refusal } from '../refusal.ts'
import type { Topics } from '../topic/topics.ts'

type Request = RequestOf<typeof produce>
type TopicAnswer = NonNullable<ResponseToWrite<typeof produce>['responses']>[number]
type PartitionAnswer = NonNullable<TopicAnswer['partitionResponses']>[number]

/** Throws the {@link Refusal} for a batch that is no part of an open transaction of its producer. */
export type VerifyTransaction = (transactionalId: string | null, producer: { readonly id: number; readonly epoch: number }, topic: string, partition: number) => void

/** Sent without an answer, so there is no other way to tell the client than to close its connection, as Kafka does. */
class UnansweredRefusal extends Error {
  override readonly name = 'UnansweredRefusal'
}

export function produceHandler(topics: Topics, verifyTransaction: VerifyTransaction): ApiHandler<typeof produce> {
  const append = async (request: Request, topicName: string, partition: number, records: Buffer | null): Promise<PartitionAnswer> => {
    try {
      const topic = topics.get(topicName)
      const log = topics.log(topicName, partition)
      if (topic === undefined || log === undefined) throw new Refusal('UNKNOWN_TOPIC_OR_PARTITION', 'This server does not host this topic-partition.')
      if (request.acks === -1 && topic.minInsyncReplicas > 1) {
        throw new Refusal('NOT_ENOUGH_REPLICAS', `min.insync.replicas of ${topicName} is ${topic.minInsyncReplicas}, and this broker is the only replica`)
      }
      if (records === null || records.length === 0) throw new Refusal('INVALID_RECORD', 'a partition of a produce request must have one record batch')
      const { transactionalId } = request
      const appended = await log.append(records, {
        fromClient: true,
        verifyTransaction: (producer) => verifyTransaction(transactionalId, producer, topicName, partition),
      })
      return { index: partition, baseOffset: appended.baseOffset, logAppendTimeMs: appended.logAppendTimeMs, logStartOffset: appended.logStartOffset }
    } catch (error) {
      if (error instanceof Refusal) return refused(partition, error.kafkaError, error.message)
      throw error
    }
  }

  return defineHandler({
    api: produce,
    // Logs keep the order of the calls, and write what has come in one turn at once.
    ahead: true,
    async handle(request) {
      const { acks } = request
      const answerTo = acks === 0 || acks === 1 || acks === -1
        ? (topic: string, partition: number, records: Buffer | null) => append(request, topic, partition, records)
        : (_: string, partition: number) => Promise.resolve(refused(partition, 'INVALID_REQUIRED_ACKS', `acks ${acks} is none of 0, 1 and -1`))
      const responses = await Promise.all(request.topicData.map(async ({ name, partitionData }) => ({
        name,
        partitionResponses: await Promise.all(partitionData.map(({ index, records }) => answerTo(name, index, records))),
      })))
      if (acks !== 0) return { responses }
      const failed = responses.flatMap(({ partitionResponses }) => partitionResponses).find(({ errorCode = 0 }) => errorCode !== 0)
      if (failed !== undefined) throw new UnansweredRefusal(`a batch sent with acks=0 was refused: ${failed.errorMessage}`)
      return noResponse
    },
  })
}

function refused(index: number, kafkaError: ErrorCodeName, errorMessage: string): PartitionAnswer {
  return { index, errorCode: errorCode[kafkaError], baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1, errorMessage }
}
