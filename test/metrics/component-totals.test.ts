import { describe, expect, it } from 'vitest'
import { ComponentTotals } from '../../src/metrics/component-totals.ts'
import { TaskMetrics } from '../../src/metrics/task-metrics.ts'

const standing = { component: 'split', kind: 'bolt', tasks: 2, queue: 7, lag: 0 } as const

function worked(received: number, words: number): TaskMetrics {
  const metrics = new TaskMetrics()
  metrics.received = received
  metrics.emitted = received * 3
  metrics.executeMs.record(received)
  metrics.counter('words').add(words)
  return metrics
}

describe('component totals', () => {
  it('sums the last report of every task and shows the standing beside it', () => {
    const totals = new ComponentTotals()
    const first = worked(10, 4)
    totals.report(1, structuredClone(first.toData()))
    first.received += 5
    first.failed += 1
    first.counter('words').add()
    totals.report(1, structuredClone(first.toData()))
    totals.report(2, worked(20, 6).toData())

    expect(totals.metrics(standing)).toMatchObject({
      ...standing,
      received: 35,
      emitted: 90,
      failed: 1,
      skipped: 0,
      executeMs: { count: 2, max: 20 },
      counters: { words: 11 },
    })
  })

  it('keeps what a task counted before its worker was replaced', () => {
    const totals = new ComponentTotals()
    totals.report(1, worked(10, 4).toData())
    totals.retire(1)
    totals.retire(1)
    totals.report(1, worked(2, 1).toData())
    expect(totals.metrics(standing)).toMatchObject({ received: 12, executeMs: { count: 2 }, counters: { words: 5 } })
    expect(totals.metrics(standing)).toMatchObject({ received: 12, counters: { words: 5 } })
  })

  it('keeps a counter called __proto__ as any other', () => {
    const metrics = new TaskMetrics()
    metrics.counter('__proto__').add(2)
    metrics.counter('constructor').add(3)
    const totals = new ComponentTotals()
    totals.report(1, structuredClone(metrics.toData()))
    const { counters } = totals.metrics(standing)
    expect(Object.entries(counters)).toEqual([['__proto__', 2], ['constructor', 3]])
  })
})
