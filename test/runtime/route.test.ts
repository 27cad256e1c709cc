import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeChooser } from '../../src/grouping/chooser.ts'
import type { Grouping } from '../../src/grouping/grouping.ts'
import { makeEdge } from '../../src/runtime/route.ts'
import type { Scope } from '../../src/runtime/scope.ts'
import { WriteSet } from '../../src/state/write-set.ts'
import { Outbox } from '../../src/transport/outbox.ts'
import { ArrivedBatch } from '../../src/tuple/arrived-batch.ts'
import { RowBatch } from '../../src/tuple/row-batch.ts'
import { made, rowBatch } from '../tuple/made-batches.ts'

const fields = { word: 'string', n: 'number' } as const

/** An edge to tasks 1 … size, dealt to two other workers, and what each of them has got, in its order. */
function edgeTo(size: number, grouping: Grouping) {
  const got = new Map<number, unknown[]>()
  const outboxes = [0, 1].map((channel) => new Outbox(channel, {
    send(message) {
      if (message.kind !== 'batch') return
      const batch = new ArrivedBatch(fields, message)
      for (let row = 0; row < batch.rows; row++) {
        const task = message.targets[row]!
        got.set(task, [...(got.get(task) ?? []), [batch.tuple(row), batch.partitionOf(row), batch.offsetOf(row)]])
      }
    },
    listen() {},
    close() {},
  }, fields, () => 0))
  const scope: Scope = { epoch: { epoch: 0, writes: new WriteSet(), records: 0, fates: undefined }, partition: 3, offset: -1 }
  const tasks = Array.from({ length: size }, (_, i) => i + 1)
  const edge = makeEdge(makeChooser(grouping, tasks, 99), tasks.map((task) => ({ task, runner: undefined, outbox: outboxes[task % 2]! })), scope)
  return { edge, scope, got: () => {
    for (const outbox of outboxes) outbox.flush()
    return got
  } }
}

describe('an edge to other workers', () => {
  const row = fc.record({ word: fc.constantFrom('whale', 'sea', '', '数据流', '🐋', 'x'.repeat(200)), n: fc.integer({ min: 0, max: 3 }) })
  const grouping = fc.constantFrom<Grouping>(
    { kind: 'shuffle' }, { kind: 'global' }, { kind: 'all' }, { kind: 'local-or-shuffle' }, { kind: 'none' },
    { kind: 'fields', fields: ['word'] }, { kind: 'fields', fields: ['n'] }, { kind: 'fields', fields: ['n', 'word'] }, { kind: 'partial-key', fields: ['word'] },
    { kind: 'custom', create: () => ({ chooseTasks: ({ n }, targets) => targets.filter((task) => task > Number(n)) }) },
  )

  it('gives each task the same rows, in the same order, whether they come as tuples, as columns or as rows of a batch', () => {
    fc.assert(fc.property(grouping, fc.integer({ min: 1, max: 5 }), fc.array(fc.record({ rows: fc.array(row, { minLength: 1, maxLength: 30 }), columns: fc.boolean() }), { maxLength: 5 }), (how, size, batches) => {
      const byTuple = edgeTo(size, how)
      const byBatch = edgeTo(size, how)
      for (const { columns, rows } of batches) {
        for (const [i, tuple] of rows.entries()) {
          byTuple.scope.offset = 100 + i
          byTuple.edge.send(tuple)
        }
        byBatch.edge.sendBatch(columns ? rowBatch(rows) : new RowBatch(rows, made, Int32Array.from(rows.keys())))
      }
      expect(byBatch.got()).toEqual(byTuple.got())
    }))
  })
})
