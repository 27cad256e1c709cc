import { describe, expect, it } from 'vitest'
import { Inbox } from '../../src/runtime/inbox.ts'
import { Outbox } from '../../src/transport/outbox.ts'
import { rowBatch } from '../tuple/made-batches.ts'

const fields = { word: 'string' } as const

/** Of frames with these tasks, each of one row, in these epochs. */
function inboxOf(frames: readonly { readonly epoch: number; readonly targets: readonly number[] }[]): Inbox {
  const inbox = new Inbox()
  const link = { send: (message: { readonly kind: string }) => { if (message.kind === 'batch') inbox.add(message as Parameters<Inbox['add']>[0], fields) }, listen() {}, close() {} }
  for (const { epoch, targets } of frames) {
    const outbox = new Outbox(0, link, fields, () => 0)
    for (const [row, target] of targets.entries()) outbox.appendRows(rowBatch([{ word: `${epoch}/${row}` }]), Int32Array.of(0), target, epoch)
    outbox.flush()
  }
  return inbox
}

const wordsOf = (batch: { readonly rows: number; tuple(row: number): unknown }) => Array.from({ length: batch.rows }, (_, row) => (batch.tuple(row) as { word: string }).word)

describe('an inbox', () => {
  it('gives the oldest epoch first, but finishes a frame that is begun', () => {
    const inbox = inboxOf([{ epoch: 5, targets: [1, 1] }])
    expect(inbox.atHand()?.frame.epoch).toBe(5)
    inbox.takeRow()
    for (const epoch of [4, 3]) inbox.add(inboxOf([{ epoch, targets: [1] }]).atHand()!.frame, fields)
    expect(inbox.rows).toBe(3)
    const order = []
    for (let next = inbox.atHand(); next !== undefined; next = inbox.atHand()) {
      order.push(next.frame.epoch)
      inbox.finish()
    }
    expect(order).toEqual([5, 3, 4])
    expect(inbox.rows).toBe(0)
  })

  it('gives the rows of one task together, and no more than are asked for', () => {
    const inbox = inboxOf([{ epoch: 0, targets: [1, 1, 1, 2, 1] }])
    expect(inbox.atHand()?.batch.rows).toBe(5)
    expect(wordsOf(inbox.takeRun(2))).toEqual(['0/0', '0/1'])
    expect(inbox.row).toBe(2)
    expect(wordsOf(inbox.takeRun(2))).toEqual(['0/2'])
    expect(wordsOf(inbox.takeRun(2))).toEqual(['0/3'])
    expect(inbox.rows).toBe(1)
    expect(wordsOf(inbox.takeRun(2))).toEqual(['0/4'])
    expect(inbox.row).toBe(5)
  })
})
