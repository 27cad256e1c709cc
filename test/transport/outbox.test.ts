import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { transferOf, type LinkMessage } from '../../src/transport/link.ts'
import { Outbox, type OutboxLimits } from '../../src/transport/outbox.ts'
import { ArrivedBatch } from '../../src/tuple/arrived-batch.ts'
import { RowBatch } from '../../src/tuple/row-batch.ts'
import { made, rowBatch } from '../tuple/made-batches.ts'

const limits: OutboxLimits = { batchRows: 4, leastBatchRows: 4, batchBytes: 1000, windowBatches: 2, windowBytes: 10_000 }

function outbox(custom: Partial<OutboxLimits> = {}) {
  const sent: LinkMessage[] = []
  const link = { send: (message: LinkMessage) => sent.push(structuredClone(message, { transfer: transferOf(message) })), listen: () => {}, close: () => {} }
  const time = { ms: 0 }
  return { sent, time, box: new Outbox(7, link, { text: 'string' }, () => time.ms, { ...limits, ...custom }) }
}

const rowsOf = (messages: readonly LinkMessage[]) => messages.map((message) => (message.kind === 'batch' ? message.batch.rows : message.kind))

describe('an outbox', () => {
  it('sends a batch when it has enough rows, and the rest when it is flushed', () => {
    const { sent, box } = outbox()
    for (let i = 0; i < 6; i++) box.append({ text: `${i}` }, 1, 0, 0, i)
    expect(rowsOf(sent)).toEqual([4])
    box.flush()
    expect(rowsOf(sent)).toEqual([4, 2])
  })

  it('sends a batch when it weighs enough, however few rows it has', () => {
    const { sent, box } = outbox()
    box.append({ text: 'x'.repeat(600) }, 1, 0, 0, 0)
    expect(rowsOf(sent)).toEqual([1])
  })

  it('stops at the end of its credit, says so, and goes on when credit comes back', () => {
    const { sent, box } = outbox()
    for (let i = 0; i < 12; i++) box.append({ text: 'a' }, 1, 0, 0, i)
    expect(rowsOf(sent)).toEqual([4, 4])
    expect(box.full).toBe(true)
    box.credit(1, 100)
    expect(rowsOf(sent)).toEqual([4, 4, 4])
    expect(box.full).toBe(false)
  })

  it('lets one batch through that is larger than the whole window', () => {
    const { sent, box } = outbox({ windowBytes: 10 })
    box.append({ text: 'x'.repeat(5000) }, 1, 0, 0, 0)
    expect(rowsOf(sent)).toEqual([1])
  })

  it('keeps epochs in batches of their own', () => {
    const { sent, box } = outbox()
    box.append({ text: 'a' }, 1, 3, 0, 0)
    box.append({ text: 'b' }, 1, 4, 0, 1)
    box.flush()
    expect(sent.map((message) => (message.kind === 'batch' ? message.epoch : -1))).toEqual([3, 4])
  })

  it('counts in the marker what was sent of the epoch, however epochs mix, and keeps the marker behind it', () => {
    fc.assert(fc.property(fc.array(fc.nat(2), { maxLength: 40 }), (epochs) => {
      const { sent, box } = outbox()
      for (const [i, epoch] of epochs.entries()) box.append({ text: 'a' }, 1, epoch, 0, i)
      for (const epoch of [0, 1, 2]) box.mark(epoch)
      for (let i = 0; i < 40; i++) box.credit(1, 0)
      for (const epoch of [0, 1, 2]) {
        const at = sent.findIndex((message) => message.kind === 'marker' && message.epoch === epoch)
        const rows = sent.reduce((sum, message, i) => sum + (message.kind === 'batch' && message.epoch === epoch && i < at ? message.batch.rows : 0), 0)
        const expected = epochs.filter((other) => other === epoch).length
        expect(rows).toBe(expected)
        expect(sent[at]).toMatchObject({ count: expected })
      }
    }))
  })

  it('makes batches smaller while the receiver is slow, and larger again when it is quick', () => {
    const { sent, time, box } = outbox({ windowBatches: 100, leastBatchRows: 1 })
    const send = (rows: number) => {
      sent.length = 0
      for (let i = 0; i < rows; i++) box.append({ text: 'a' }, 1, 0, 0, i)
      box.flush()
      return rowsOf(sent)
    }
    expect(send(2)).toEqual([1, 1])
    box.credit(1, 0)
    expect(send(4)).toEqual([2, 2])
    box.credit(1, 0)
    expect(send(8)).toEqual([4, 4])
    time.ms += 1000
    box.credit(1, 0)
    expect(send(4)).toEqual([2, 2])
    box.credit(1, 0)
    expect(send(2)).toEqual([1, 1])
  })

  it('sends a marker without credit when nothing waits before it', () => {
    const { sent, box } = outbox()
    for (let i = 0; i < 8; i++) box.append({ text: 'a' }, 1, 0, 0, i)
    box.mark(0)
    expect(rowsOf(sent)).toEqual([4, 4, 'marker'])
  })

  it('sends tuples and rows of batches in the order they came, with their tasks, records and epochs', () => {
    const text = fc.constantFrom('', 'whale', '数据流', '🐋', 'x'.repeat(400))
    const action = fc.record({
      texts: fc.array(text, { minLength: 1, maxLength: 12 }),
      way: fc.constantFrom('tuples', 'columns', 'rows'),
      target: fc.nat(3),
      epoch: fc.nat(2),
      flush: fc.boolean(),
      picked: fc.array(fc.nat(11), { maxLength: 15 }),
    })
    fc.assert(fc.property(fc.array(action, { maxLength: 12 }), (actions) => {
      const { sent, box } = outbox({ batchBytes: 700, windowBytes: Infinity })
      const expected: unknown[] = []
      for (const { epoch, flush, picked, target, texts, way } of actions) {
        const tuples = texts.map((text) => ({ text }))
        const rows = picked.map((row) => row % texts.length)
        for (const row of rows) expected.push([tuples[row], target, 3, 100 + row, epoch])
        if (way === 'tuples') for (const row of rows) box.append(tuples[row]!, target, epoch, 3, 100 + row)
        else box.appendRows(way === 'columns' ? rowBatch(tuples) : new RowBatch(tuples, made, Int32Array.from(tuples.keys())), Int32Array.from(rows), target, epoch)
        if (flush) box.flush()
      }
      for (const epoch of [0, 1, 2]) box.mark(epoch)
      for (let i = 0; i < 400; i++) box.credit(1, 0)
      const got: unknown[] = []
      const counts = [0, 0, 0]
      for (const message of sent) {
        if (message.kind === 'marker') expect(message.count).toBe(counts[message.epoch])
        if (message.kind !== 'batch') continue
        const batch = new ArrivedBatch({ text: 'string' }, message)
        expect(batch.rows).toBeLessThanOrEqual(4)
        counts[message.epoch]! += batch.rows
        for (let row = 0; row < batch.rows; row++) got.push([batch.tuple(row), message.targets[row], batch.partitionOf(row), batch.offsetOf(row), message.epoch])
      }
      expect(got).toEqual(expected)
    }))
  })

  it('sends a batch of bytes when it weighs enough, and says that it is one', () => {
    const { sent, box } = outbox({ windowBatches: 9 })
    box.appendRows(rowBatch([{ text: 'a' }, { text: 'x'.repeat(1000) }, { text: 'b' }]), Int32Array.of(0, 1, 2), 1, 0)
    box.append({ text: 'c' }, 1, 0, 0, 0)
    box.flush()
    expect(sent.map((message) => message.kind === 'batch' && [message.batch.rows, message.ofBatches])).toEqual([[2, true], [1, true], [1, false]])
  })
})
