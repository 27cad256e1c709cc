import fc from 'fast-check'
import { expect, test } from 'vitest'
import { silentLogger } from '../../../../src/base/logger.ts'
import { noProducer } from '../../../../src/embedded/kafka/group/committed-offsets.ts'
import type { GroupRecord } from '../../../../src/embedded/kafka/group/group-record.ts'
import { GroupStore } from '../../../../src/embedded/kafka/group/group-store.ts'
import { decodeJournalEntry } from '../../../../src/embedded/kafka/group/journal-entry.ts'
import { WireError } from '../../../../src/wire/message/wire-reader.ts'

const names = fc.constantFrom('a', 'b', 'ü')
const changes = fc.oneof(
  fc.record({ do: fc.constant('commit' as const), group: names, topic: names, partition: fc.nat(2), offset: fc.nat(), producer: fc.constantFrom(noProducer, 1, 2 ** 40) }),
  fc.record({ do: fc.constant('deleteOffset' as const), group: names, topic: names, partition: fc.nat(2) }),
  fc.record({ do: fc.constant('end' as const), producer: fc.constantFrom(1, 2 ** 40), outcome: fc.constantFrom('commit' as const, 'abort' as const) }),
  fc.record({ do: fc.constant('save' as const), group: names, generation: fc.nat() }),
  fc.record({ do: fc.constant('deleteGroup' as const), group: names }),
)
type Change = typeof changes extends fc.Arbitrary<infer T> ? T : never

function record(id: string, generation: number): GroupRecord {
  const member = { id: 'm', instanceId: 'i', clientId: 'c', clientHost: '/h', sessionTimeoutMs: 1, rebalanceTimeoutMs: 2, protocols: [{ name: 'range', metadata: Buffer.alloc(2000, generation) }], assignment: Buffer.from('mine') }
  return { id, generation, protocolType: 'consumer', protocolName: null, leader: 'm', stateSinceMs: 1_700_000_000_000, members: [member, { ...member, id: 'n', instanceId: null }] }
}

function change(store: GroupStore, made: Change): void {
  if (made.do === 'commit') {
    const offset = { partition: made.partition, offset: made.offset, leaderEpoch: -1, metadata: 'm', committedAtMs: 1, expiresAtMs: -1, order: store.offsets.nextOrder() }
    void store.commit(made.group, [{ name: made.topic, partitions: [offset] }], made.producer)
  } else if (made.do === 'deleteOffset') void store.deleteOffsets(made.group, [{ name: made.topic, partitions: [made.partition] }])
  else if (made.do === 'end') void store.endTransaction(made.producer, made.outcome)
  else if (made.do === 'save') void store.saveGroup(record(made.group, made.generation))
  else void store.deleteGroup(made.group)
}

/** All a store knows, in one order. */
function content(store: GroupStore): unknown {
  const tables = [[noProducer, store.offsets.committed] as const, ...store.offsets.pending]
  const lines = tables.flatMap(([producer, table]) => Array.from(table.entries(), ([group, topic, partition, offset]) => JSON.stringify([producer, group, topic, partition, offset])))
  return { offsets: lines.toSorted(), records: store.records().toSorted((a, b) => (a.id < b.id ? -1 : 1)) }
}

test('a store is the same again from what it wrote, and from a snapshot taken at any time and what it wrote after that', () => {
  fc.assert(fc.property(fc.array(changes, { maxLength: 30 }), fc.nat(30), (made, snapshotAt) => {
    const log: Buffer[] = []
    const compacted: Buffer[] = []
    const store = new GroupStore(silentLogger)
    store.startWriting({
      append: (payload) => {
        log.push(Buffer.from(payload))
        compacted.push(Buffer.from(payload))
        return Promise.resolve()
      },
    })
    for (const [i, each] of made.entries()) {
      if (i === snapshotAt) compacted.splice(0, Infinity, ...store.snapshot())
      change(store, each)
    }
    for (const payloads of [log, compacted, store.snapshot()]) {
      const replayed = new GroupStore(silentLogger)
      for (const payload of payloads) replayed.replay(payload)
      expect(content(replayed)).toEqual(content(store))
    }
  }), { numRuns: 300 })
})

test('a group is read back as it was saved', () => {
  const store = new GroupStore(silentLogger)
  void store.saveGroup(record('g', 7))
  expect(store.records()).toEqual([{ kind: 'group', ...record('g', 7) }])
})

test('bytes that are no entry are refused', () => {
  expect(() => decodeJournalEntry(Buffer.from([99]))).toThrow(WireError)
  expect(() => decodeJournalEntry(Buffer.from([0, 5, 1]))).toThrow(WireError)
})
