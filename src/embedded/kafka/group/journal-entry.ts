import { array, boolean, bytes, int32, int64, list, string } from '../../../wire/message/field.ts'
import type { Fields, Read, Written } from '../../../wire/message/field.ts'
import { compileStruct } from '../../../wire/message/struct-codec.ts'
import { WireReader } from '../../../wire/message/wire-reader.ts'
import { WireWriter } from '../../../wire/message/wire-writer.ts'

/**
 * What the groups' journal holds. An entry is one byte for its kind and the fields below as a
 * flexible Kafka struct: compact strings and arrays, a tag buffer behind each struct for what later
 * versions add. Of several entries for one group, or one partition of a group, the last stands.
 */
const tables = {
  /** Offsets committed, or pending under a producer's transaction. */
  offsets: {
    groupId: string(),
    /** −1 outside transactions. */
    producerId: int64(),
    topics: array({
      name: string(),
      partitions: array({
        partition: int32(),
        offset: int64(),
        leaderEpoch: int32(),
        metadata: string(),
        committedAtMs: int64(),
        expiresAtMs: int64(),
        order: int64(),
      }),
    }),
  },
  offsetsDeleted: {
    groupId: string(),
    topics: array({
      name: string(),
      partitions: list(int32()),
    }),
  },
  transactionEnded: {
    producerId: int64(),
    isCommitted: boolean(),
  },
  group: {
    id: string(),
    generation: int32(),
    protocolType: string({ nullable: 0 }),
    protocolName: string({ nullable: 0 }),
    leader: string({ nullable: 0 }),
    stateSinceMs: int64(),
    members: array({
      id: string(),
      instanceId: string({ nullable: 0 }),
      clientId: string(),
      clientHost: string(),
      sessionTimeoutMs: int32(),
      rebalanceTimeoutMs: int32(),
      protocols: array({
        name: string(),
        metadata: bytes(),
      }),
      assignment: bytes(),
    }),
  },
  /** The group with all its offsets. */
  groupDeleted: {
    groupId: string(),
  },
} satisfies Record<string, Fields>

type Tables = typeof tables
export type JournalEntryKind = keyof Tables
type EntryOf<K extends JournalEntryKind> = { readonly kind: K } & Read<Tables[K]>
export type JournalEntry = { [K in JournalEntryKind]: EntryOf<K> }[JournalEntryKind]
type EntryToWrite = { [K in JournalEntryKind]: { readonly kind: K } & Written<Tables[K]> }[JournalEntryKind]
/** In the order of their bytes, which never change. */
const kinds: readonly JournalEntryKind[] = ['offsets', 'offsetsDeleted', 'transactionEnded', 'group', 'groupDeleted']

const codecs = Object.fromEntries(Object.entries(tables).map(([kind, fields]) => [kind, compileStruct(fields, 0, true)]))

export function encodeJournalEntry(entry: EntryToWrite): Buffer {
  const writer = new WireWriter()
  writer.int8(kinds.indexOf(entry.kind))
  codecs[entry.kind]!.write(writer, entry)
  const chunks = writer.chunks()
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}

/** Bytes in it are views of `payload`. Throws `WireError` for what is no entry. */
export function decodeJournalEntry(payload: Buffer): JournalEntry {
  const reader = new WireReader(payload)
  const byte = reader.int8()
  const kind = kinds[byte]
  if (kind === undefined) throw reader.fail(`an entry of kind ${byte}, which this version does not know`)
  return { kind, ...codecs[kind]!.read(reader) } as JournalEntry
}
