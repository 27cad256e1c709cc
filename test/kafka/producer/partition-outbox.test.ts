import { describe, expect, test } from 'vitest'
import { PartitionOutbox } from '../../../src/kafka/producer/partition-outbox.ts'
import { ProduceBatch } from '../../../src/kafka/producer/produce-batch.ts'
import { RecordBatchBuilder } from '../../../src/wire/record-batch-builder.ts'

function outboxWith(batches: number, count = 10): { outbox: PartitionOutbox; waiting: ProduceBatch[] } {
  const outbox = new PartitionOutbox('lines', 0, { idempotent: true, maxInFlight: 5 })
  outbox.producer = { id: 1, epoch: 0 }
  const waiting = Array.from({ length: batches }, (_, order) => {
    const batch = new ProduceBatch(order, 0, new RecordBatchBuilder())
    for (let i = 0; i < count; i++) batch.append(-1, 0, null, null, -1, undefined)
    outbox.open = batch
    outbox.close()
    return batch
  })
  return { outbox, waiting }
}

/** Takes and acknowledges the first batch, so that several may be in flight. */
function proven(batches: number): { outbox: PartitionOutbox; batches: ProduceBatch[] } {
  const { outbox, waiting } = outboxWith(batches + 1)
  outbox.acknowledged(outbox.take())
  return { outbox, batches: waiting.slice(1) }
}

describe('an outbox', () => {
  test('sends one batch under a new id until it is acknowledged, then several', () => {
    const { outbox } = outboxWith(8)
    const first = outbox.take()
    expect(outbox.sendable).toBe(false)
    outbox.acknowledged(first)
    for (let inFlight = 0; inFlight < 5; inFlight++) {
      expect(outbox.sendable).toBe(true)
      outbox.take()
    }
    expect(outbox.sendable).toBe(false)
  })

  test('lets the open batch go behind the waiting ones once it is due, and take records until then', () => {
    const { outbox } = outboxWith(1)
    const open = new ProduceBatch(1, 0, new RecordBatchBuilder())
    outbox.open = open
    outbox.acknowledged(outbox.take())
    expect([outbox.sendable, outbox.first]).toEqual([false, undefined])
    outbox.due()
    expect([outbox.sendable, outbox.first, outbox.open]).toEqual([true, open, open])
    expect([outbox.take(), outbox.open]).toEqual([open, undefined])
  })

  test('gives up an open batch that is due like any other', () => {
    const { outbox } = outboxWith(0)
    const open = new ProduceBatch(0, 0, new RecordBatchBuilder())
    outbox.open = open
    outbox.due()
    expect(outbox.giveUp(open)).toEqual([open])
    expect([outbox.open, outbox.first, outbox.sendable]).toEqual([undefined, undefined, false])
  })

  test('numbers batches by their records, and keeps the numbers of those that come back', () => {
    const { outbox, batches } = proven(3)
    for (const batch of batches) expect(outbox.take()).toBe(batch)
    expect(batches.map(({ baseSequence }) => baseSequence)).toEqual([10, 20, 30])
    for (const batch of [batches[2]!, batches[0]!, batches[1]!]) outbox.returned(batch, true)
    expect(batches.map(({ baseSequence }) => baseSequence)).toEqual([10, 20, 30])
    expect(outbox.take()).toBe(batches[0])
    expect(outbox.sendable).toBe(false)
  })

  test('wraps sequence numbers to 0', () => {
    const { outbox } = outboxWith(3)
    const first = outbox.take()
    // As if nearly 2^31 records had gone before; the next batch takes the number over.
    first.baseSequence = 2 ** 31 - 10
    outbox.giveUp(first)
    outbox.acknowledged(outbox.take())
    expect(outbox.take().baseSequence).toBe(0)
  })

  test('lets those behind a refused batch take over its numbers, once nothing is in flight', () => {
    const { outbox, batches } = proven(3)
    for (let i = 0; i < 3; i++) outbox.take()
    expect(outbox.giveUp(batches[0]!)).toEqual([batches[0]])
    expect(outbox.renumbering).toBe(true)
    outbox.returned(batches[1]!, false)
    expect(outbox.sendable).toBe(false)
    outbox.returned(batches[2]!, false)
    expect([outbox.take().baseSequence, outbox.producer?.id]).toEqual([10, 1])
  })

  test('gives up with a batch that may have arrived all others that may have: under a new id they could arrive twice', () => {
    const { outbox, batches } = proven(4)
    for (let i = 0; i < 3; i++) outbox.take()
    outbox.returned(batches[0]!, true)
    outbox.returned(batches[1]!, true)
    outbox.returned(batches[2]!, false)
    expect(outbox.giveUp(batches[0]!)).toEqual([batches[0], batches[1]])
    expect([outbox.needsProducer, outbox.lostProducer]).toEqual([true, 1])
    outbox.producer = { id: 2, epoch: 0 }
    expect([outbox.take(), batches[2]!.baseSequence]).toEqual([batches[2], 0])
  })

  test('does not send those again that may have arrived and come back after such a batch was given up', () => {
    const { outbox, batches } = proven(3)
    for (let i = 0; i < 3; i++) outbox.take()
    batches[0]!.doubtful = true
    outbox.giveUp(batches[0]!)
    expect([outbox.goesAgain(batches[1]!, true), outbox.goesAgain(batches[2]!, false)]).toEqual([false, true])
    batches[1]!.doubtful = true
    expect(outbox.giveUp(batches[1]!)).toEqual([batches[1]])
    outbox.returned(batches[2]!, false)
    outbox.producer = { id: 2, epoch: 0 }
    expect([outbox.take(), batches[2]!.baseSequence]).toEqual([batches[2], 0])
    outbox.acknowledged(batches[2]!)
    expect(outbox.goesAgain(batches[2]!, true)).toBe(true)
  })

  test('sends the halves of a batch that was too large in its place, with its numbers', () => {
    const { outbox, batches } = proven(2)
    outbox.take()
    outbox.take()
    const [first, second] = outbox.split(batches[0]!)
    outbox.returned(batches[1]!, false)
    expect([first.count, second.count]).toEqual([5, 5])
    for (const [batch, sequence] of [[first, 10], [second, 15], [batches[1]!, 20]] as const) {
      expect([outbox.take(), batch.baseSequence]).toEqual([batch, sequence])
      outbox.acknowledged(batch)
    }
  })

  test('knows which batch is the first on its way', () => {
    const { outbox, batches } = proven(2)
    outbox.take()
    outbox.take()
    expect([outbox.isFirst(batches[0]!), outbox.isFirst(batches[1]!)]).toEqual([true, false])
  })
})
