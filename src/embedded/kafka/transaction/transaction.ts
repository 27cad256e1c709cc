import { Refusal } from '../refusal.ts'

export type Outcome = 'commit' | 'abort'

/** Kafka's names, which its tools show. In the two that prepare, the outcome is decided and being carried out. */
export const transactionStates = ['Empty', 'Ongoing', 'PrepareCommit', 'PrepareAbort', 'CompleteCommit', 'CompleteAbort'] as const
export type TransactionState = (typeof transactionStates)[number]

export interface Producer {
  readonly id: number
  readonly epoch: number
}

/** What is known under one transactional id. Never changed: a newer one takes its place. */
export interface Transaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  /** Whose epochs were used up before; −1 for none. */
  readonly previousProducerId: number
  /** The epoch its producer gave when it got the present one; −1 when it gave none. */
  readonly lastProducerEpoch: number
  readonly timeoutMs: number
  readonly state: TransactionState
  /** Of the transaction that is open or was last to end. */
  readonly partitions: ReadonlyMap<string, ReadonlySet<number>>
  /** Groups whose offsets are part of it. */
  readonly groups: ReadonlySet<string>
  /** Wall time; −1 when none was begun. */
  readonly startedAtMs: number
  /** Wall time. */
  readonly updatedAtMs: number
}

export interface Initialisation {
  readonly timeoutMs: number
  /** What the producer says it is, from InitProducerId v3 on. */
  readonly given: Producer | undefined
  readonly nowMs: number
}

const none = -1
const lastEpoch = 0x7fff
const nothing = { partitions: new Map<string, ReadonlySet<number>>(), groups: new Set<string>() }

export function firstTransaction(transactionalId: string, producerId: number, { timeoutMs, nowMs }: Initialisation): Transaction {
  return { transactionalId, producerId, producerEpoch: 0, previousProducerId: none, lastProducerEpoch: none, timeoutMs, state: 'Empty', ...nothing, startedAtMs: none, updatedAtMs: nowMs }
}

export function isEnding({ state }: Transaction): boolean {
  return state === 'PrepareCommit' || state === 'PrepareAbort'
}

export function outcomeOf({ state }: Transaction): Outcome {
  return state === 'PrepareCommit' || state === 'CompleteCommit' ? 'commit' : 'abort'
}

/** Throws Refusal INVALID_PRODUCER_ID_MAPPING or PRODUCER_FENCED unless the producer holds the transactional id. */
export function checkProducer(transaction: Transaction | undefined, transactionalId: string, { id, epoch }: Producer): Transaction {
  if (transaction?.producerId !== id) throw new Refusal('INVALID_PRODUCER_ID_MAPPING', `producer ${id} does not hold the transactional id ${transactionalId}`)
  if (transaction.producerEpoch !== epoch) {
    throw new Refusal('PRODUCER_FENCED', `producer ${id} of ${transactionalId} came with epoch ${epoch} and is at ${transaction.producerEpoch}: another has taken over, or its transaction took too long`)
  }
  return transaction
}

/** Throws Refusal PRODUCER_FENCED when a producer that says who it is may not have the transactional id again. */
export function checkInitialisation(transaction: Transaction, given: Producer | undefined): void {
  if (given === undefined) return
  const { producerId, producerEpoch, previousProducerId, lastProducerEpoch } = transaction
  const isCurrent = given.id === producerId && (given.epoch === producerEpoch || given.epoch === lastProducerEpoch)
  const isRotated = given.id === previousProducerId && isUsedUp(given.epoch)
  if (!isCurrent && !isRotated) {
    throw new Refusal('PRODUCER_FENCED', `producer ${given.id} in epoch ${given.epoch} no longer holds ${transaction.transactionalId}, producer ${producerId} in epoch ${producerEpoch} does`)
  }
}

/** Whether the next initialisation needs a new producer id, all epochs of this one being used up. */
export function needsNewProducerId(transaction: Transaction, given: Producer | undefined): boolean {
  return isUsedUp(transaction.producerEpoch) && (given === undefined || (given.id === transaction.producerId && given.epoch === transaction.producerEpoch))
}

export function withNewProducerId(transaction: Transaction, producerId: number, { timeoutMs, given, nowMs }: Initialisation): Transaction {
  return {
    ...transaction,
    producerId,
    producerEpoch: 0,
    previousProducerId: transaction.producerId,
    lastProducerEpoch: given === undefined ? none : transaction.producerEpoch,
    timeoutMs,
    state: 'Empty',
    ...nothing,
    startedAtMs: none,
    updatedAtMs: nowMs,
  }
}

/** The producer that comes gets the next epoch, so that none before it can write; one that repeats its request gets the same again. */
export function withNextEpoch(transaction: Transaction, { timeoutMs, given, nowMs }: Initialisation): Transaction {
  const { producerId, producerEpoch } = transaction
  const isRepeated = given !== undefined && !(given.id === producerId && given.epoch === producerEpoch)
  return {
    ...transaction,
    producerEpoch: isRepeated ? producerEpoch : producerEpoch + 1,
    lastProducerEpoch: isRepeated ? transaction.lastProducerEpoch : given === undefined ? none : producerEpoch,
    timeoutMs,
    state: 'Empty',
    ...nothing,
    startedAtMs: none,
    updatedAtMs: nowMs,
  }
}

/** Throws Refusal CONCURRENT_TRANSACTIONS while the last one is being ended. */
export function withPartitions(transaction: Transaction, topics: ReadonlyMap<string, readonly number[]>, nowMs: number): Transaction {
  const begun = ongoing(transaction, nowMs)
  const partitions = new Map(begun.partitions)
  for (const [topic, numbers] of topics) partitions.set(topic, new Set([...partitions.get(topic) ?? [], ...numbers]))
  return { ...begun, partitions }
}

/** Throws Refusal CONCURRENT_TRANSACTIONS while the last one is being ended. */
export function withGroup(transaction: Transaction, groupId: string, nowMs: number): Transaction {
  const begun = ongoing(transaction, nowMs)
  return { ...begun, groups: new Set([...begun.groups, groupId]) }
}

export function hasPartitions(transaction: Transaction, topics: ReadonlyMap<string, readonly number[]>): boolean {
  if (transaction.state !== 'Ongoing') return false
  for (const [topic, numbers] of topics) {
    const known = transaction.partitions.get(topic)
    if (known === undefined || !numbers.every((partition) => known.has(partition))) return false
  }
  return true
}

export function hasGroup({ state, groups }: Transaction, groupId: string): boolean {
  return state === 'Ongoing' && groups.has(groupId)
}

/** The outcome decided, or undefined when the transaction has ended like that before. Throws Refusal when it has ended otherwise or there is none. */
export function ending(transaction: Transaction, outcome: Outcome, nowMs: number): Transaction | undefined {
  const { state, transactionalId } = transaction
  if (state === 'Ongoing') return { ...transaction, state: outcome === 'commit' ? 'PrepareCommit' : 'PrepareAbort', updatedAtMs: nowMs }
  if (state === 'Empty' || outcomeOf(transaction) !== outcome) throw new Refusal('INVALID_TXN_STATE', `${transactionalId} has no transaction to ${outcome}, its state is ${state}`)
  if (isEnding(transaction)) throw stillEnding(transaction)
  return undefined
}

/** An open transaction is to be rolled back, and its producer writes no more; it may ask for the new epoch while nobody else has. */
export function fenced(transaction: Transaction, nowMs: number): Transaction {
  const { producerEpoch } = transaction
  return { ...transaction, producerEpoch: Math.min(producerEpoch + 1, lastEpoch), lastProducerEpoch: producerEpoch, state: 'PrepareAbort', updatedAtMs: nowMs }
}

/** All that the outcome asked for is done. */
export function ended(transaction: Transaction, nowMs: number): Transaction {
  return { ...transaction, state: outcomeOf(transaction) === 'commit' ? 'CompleteCommit' : 'CompleteAbort', ...nothing, updatedAtMs: nowMs }
}

export function isOverdue({ state, startedAtMs, timeoutMs }: Transaction, nowMs: number): boolean {
  return state === 'Ongoing' && startedAtMs + timeoutMs < nowMs
}

/** Without an open transaction, and not used for so long. */
export function isUnused(transaction: Transaction, sinceMs: number): boolean {
  return transaction.state !== 'Ongoing' && !isEnding(transaction) && transaction.updatedAtMs <= sinceMs
}

export function stillEnding({ transactionalId }: Transaction): Refusal {
  return new Refusal('CONCURRENT_TRANSACTIONS', `the last transaction of ${transactionalId} is still being ended; try again`)
}

function ongoing(transaction: Transaction, nowMs: number): Transaction {
  if (transaction.state === 'Ongoing') return { ...transaction, updatedAtMs: nowMs }
  if (isEnding(transaction)) throw stillEnding(transaction)
  return { ...transaction, state: 'Ongoing', ...nothing, startedAtMs: nowMs, updatedAtMs: nowMs }
}

/** The last epoch is kept for a fence. */
function isUsedUp(epoch: number): boolean {
  return epoch >= lastEpoch - 1
}
