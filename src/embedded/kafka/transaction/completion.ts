import type { Logger } from '../../../base/logger.ts'
import { Refusal } from '../refusal.ts'
import { isEnding, outcomeOf } from './transaction.ts'
import type { Outcome, Producer, Transaction } from './transaction.ts'

/** A log as transactions see it. */
export interface TransactionalLog {
  readonly topic: string
  readonly partition: number
  /** Ends the producer's transaction there; rejects with a `Refusal`. */
  appendMarker(outcome: Outcome, producer: Producer, coordinatorEpoch: number): Promise<void>
  activeProducers(): Iterable<Producer & {
    /** Offset its open transaction begins at, −1 for none. */
    readonly transactionStart: number
  }>
}

export interface TransactionalLogs {
  get(topic: string, partition: number): TransactionalLog | undefined
  partitions(): Iterable<TransactionalLog>
}

/** The offsets of groups as transactions see them. */
export interface TransactionalOffsets {
  /** Makes the producer's offsets readable, or drops them. Harmless when there are none. */
  completeTransaction(producerId: number, outcome: Outcome): Promise<void>
  /** Producers that have offsets waiting. */
  producersInTransaction(): Iterable<number>
}

/** One coordinator for ever. */
const coordinatorEpoch = 0

/** Carries out what was decided: a marker in every partition, and the offsets of groups. May be repeated. Rejects when something could not be written. */
export async function carryOut(transaction: Transaction, logs: TransactionalLogs, offsets: TransactionalOffsets): Promise<void> {
  const outcome = outcomeOf(transaction)
  const producer = { id: transaction.producerId, epoch: transaction.producerEpoch }
  const markers = Array.from(transaction.partitions, ([topic, numbers]) => [...numbers].map((partition) => endIn(logs.get(topic, partition), outcome, producer)))
  await allDone(markers.flat())
  await offsets.completeTransaction(producer.id, outcome)
}

/**
 * Rolls back what partitions and groups hold open and no transaction knows of: after a power cut a
 * journal may have lost what a log still has.
 */
export async function rollBackUnknown(transactions: Iterable<Transaction>, logs: TransactionalLogs, offsets: TransactionalOffsets, logger: Logger): Promise<void> {
  const open = new Map<number, Transaction>()
  for (const transaction of transactions) if (transaction.state === 'Ongoing' || isEnding(transaction)) open.set(transaction.producerId, transaction)
  const rolledBack: Promise<void>[] = []
  for (const log of logs.partitions()) {
    for (const { id, epoch, transactionStart } of log.activeProducers()) {
      const known = open.get(id)
      if (transactionStart < 0 || (known?.producerEpoch === epoch && known.partitions.get(log.topic)?.has(log.partition) === true)) continue
      logger.warn('rolling back an open transaction that no transactional id knows of', { partition: `${log.topic}/${log.partition}`, producerId: id, offset: transactionStart })
      rolledBack.push(endIn(log, 'abort', { id, epoch }))
    }
  }
  for (const id of offsets.producersInTransaction()) if (!open.has(id)) rolledBack.push(offsets.completeTransaction(id, 'abort'))
  await allDone(rolledBack)
}

async function endIn(log: TransactionalLog | undefined, outcome: Outcome, producer: Producer): Promise<void> {
  try {
    await log?.appendMarker(outcome, producer, coordinatorEpoch)
  } catch (error) {
    // The topic is gone, or the producer is in a later epoch there, which only comes after this marker.
    if (error instanceof Refusal && (error.kafkaError === 'UNKNOWN_TOPIC_OR_PARTITION' || error.kafkaError === 'INVALID_PRODUCER_EPOCH')) return
    throw error
  }
}

/** Waits for all, so that nothing is still under way when it rejects. */
async function allDone(tasks: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(tasks)) if (result.status === 'rejected') throw result.reason
}
