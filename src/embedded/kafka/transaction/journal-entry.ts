import { array, boolean, int16, int32, int64, int8, list, string } from '../../../wire/message/field.ts'
import type { Read } from '../../../wire/message/field.ts'
import { compileStruct } from '../../../wire/message/struct-codec.ts'
import { WireReader } from '../../../wire/message/wire-reader.ts'
import { WireWriter } from '../../../wire/message/wire-writer.ts'
import { transactionStates } from './transaction.ts'
import type { Transaction } from './transaction.ts'

/**
 * What the transactions' journal holds: one byte for the kind and the fields below as a flexible
 * Kafka struct. Of several entries for one transactional id the last stands.
 */
const tables = {
  /** All producer ids below may have been given away. */
  producerIds: { reservedTo: int64() },
  transaction: {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    previousProducerId: int64(),
    lastProducerEpoch: int16(),
    timeoutMs: int32(),
    /** By its place in the list of states. */
    state: int8(),
    topics: array({ name: string(), partitions: list(int32()) }),
    groups: list(string()),
    startedAtMs: int64(),
    updatedAtMs: int64(),
  },
  forgotten: { transactionalId: string() },
  /** Earlier versions wrote it. It says nothing any more. */
  shutdown: { isClean: boolean() },
}

export type JournalEntry =
  | { readonly kind: 'producerIds'; readonly reservedTo: number }
  | { readonly kind: 'transaction'; readonly transaction: Transaction }
  | { readonly kind: 'forgotten'; readonly transactionalId: string }
  | { readonly kind: 'shutdown'; readonly isClean: boolean }

/** In the order of their bytes, which never change. */
const kinds = ['producerIds', 'transaction', 'forgotten', 'shutdown'] as const
const codecs = {
  producerIds: compileStruct(tables.producerIds, 0, true),
  transaction: compileStruct(tables.transaction, 0, true),
  forgotten: compileStruct(tables.forgotten, 0, true),
  shutdown: compileStruct(tables.shutdown, 0, true),
}

export function encodeJournalEntry(entry: JournalEntry): Buffer {
  const writer = new WireWriter()
  writer.int8(kinds.indexOf(entry.kind))
  codecs[entry.kind].write(writer, entry.kind === 'transaction' ? fieldsOf(entry.transaction) : { ...entry })
  return Buffer.concat(writer.chunks())
}

/** Throws `WireError` for what is no entry. */
export function decodeJournalEntry(payload: Buffer): JournalEntry {
  const reader = new WireReader(payload)
  const byte = reader.int8()
  const kind = kinds[byte]
  if (kind === undefined) throw reader.fail(`an entry of kind ${byte}, which this version does not know`)
  const fields = codecs[kind].read(reader)
  if (kind !== 'transaction') return { kind, ...fields } as JournalEntry
  const { state, topics, groups, ...same } = fields as Read<typeof tables.transaction>
  const name = transactionStates[state]
  if (name === undefined) throw reader.fail(`a transaction in state ${state}, which this version does not know`)
  return { kind, transaction: { ...same, state: name, groups: new Set(groups), partitions: new Map(topics.map(({ name, partitions }) => [name, new Set(partitions)])) } }
}

function fieldsOf(transaction: Transaction): Readonly<Record<string, unknown>> {
  const { state, partitions, groups, ...same } = transaction
  return {
    ...same,
    state: transactionStates.indexOf(state),
    topics: Array.from(partitions, ([name, numbers]) => ({ name, partitions: [...numbers] })),
    groups: [...groups],
  }
}
