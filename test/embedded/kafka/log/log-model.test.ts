import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batchOf, nextOffset, recordsOf } from './batches.ts'
import type { Got } from './batches.ts'
import { LogOnDisk, startMs } from './log-on-disk.ts'

/**
 * A log against a plain array of its records: whatever is done to it, in whatever order, each read
 * shows what the array has. Compaction may only take records away that a later one of the key replaces.
 */

const hour = 3_600_000

type Step =
  | { readonly do: 'append'; readonly batches: readonly (readonly (readonly [key: number, size: number])[])[] }
  | { readonly do: 'read'; readonly at: number; readonly maxBytes: number }
  | { readonly do: 'reopen' | 'crash' | 'retain' | 'flush' | 'clean' }
  | { readonly do: 'delete'; readonly at: number }
  | { readonly do: 'pass'; readonly ms: number }

const records = fc.array(fc.tuple(fc.nat(5), fc.integer({ min: -1, max: 300 })), { minLength: 1, maxLength: 6 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), batches: fc.array(records, { minLength: 1, maxLength: 5 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('read' as const), at: fc.double({ min: 0, max: 1, noNaN: true }), maxBytes: fc.oneof(fc.constant(1), fc.nat(3_000)) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('reopen' as const, 'crash' as const, 'retain' as const, 'flush' as const, 'clean' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), at: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(2 * hour) }) },
)

interface Kept extends Got {
  readonly timestamp: number
}

class Model {
  readonly #kept: Kept[] = []
  start = 0
  readonly #compacted: boolean

  constructor(compacted: boolean) {
    this.#compacted = compacted
  }

  get end(): number {
    return this.#kept.length
  }

  add(key: string, value: string | null, timestamp: number): void {
    this.#kept.push({ offset: this.#kept.length, key, value, timestamp })
  }

  /** Undefined when it may be this. */
  fault(got: readonly Got[], from: number, to: number): string | undefined {
    let at = from
    for (const record of got) {
      for (; at < record.offset; at++) if (!this.#mayBeGone(at)) return `offset ${at} is missing`
      const { key, value } = this.#kept[record.offset] ?? {}
      if (record.offset >= this.end || key !== record.key || value !== record.value) return `offset ${record.offset} is another record`
      at = record.offset + 1
    }
    for (; at < to; at++) if (!this.#mayBeGone(at)) return `offset ${at} is missing`
    return undefined
  }

  #mayBeGone(offset: number): boolean {
    const { key, value } = this.#kept[offset]!
    if (!this.#compacted) return false
    return value === null || this.#kept.some((later) => later.offset > offset && later.key === key)
  }
}

async function play(steps: readonly Step[], compacted: boolean): Promise<void> {
  const settings = {
    segmentBytes: 1_200,
    indexIntervalBytes: 200,
    segmentMs: 6 * hour,
    retentionMs: 12 * hour,
    deleteRetentionMs: hour,
    fileDeleteDelayMs: 1_000,
    minCleanableDirtyRatio: 0.01,
    messageTimestampAfterMaxMs: Infinity,
    cleanupPolicy: { delete: true, compact: compacted },
  }
  const made = await LogOnDisk.open({ settings, tailBytes: 40_000 })
  const model = new Model(compacted)
  try {
    for (const step of steps) {
      await take(step, made, model)
      expect(made.log.logEndOffset).toBe(model.end)
      expect(made.log.logStartOffset).toBeGreaterThanOrEqual(model.start)
      model.start = made.log.logStartOffset
    }
    await readFrom(made, model, model.start, 500)
    await made.crash()
    await readFrom(made, model, made.log.logStartOffset, 500)
  } finally {
    await made.remove()
  }
}

async function take(step: Step, made: LogOnDisk, model: Model): Promise<void> {
  const { log, clock } = made
  switch (step.do) {
    case 'append': {
      const timestamp = clock.now()
      const taken = await Promise.all(step.batches.map((batch) => log.append(batchOf(batch.map(([key, size]) => ({ key: `k${key}`, value: valueOf(size), timestamp }))))))
      let next = model.end
      for (const [i, batch] of step.batches.entries()) {
        expect(taken[i]).toMatchObject({ baseOffset: next, lastOffset: next + batch.length - 1 })
        next += batch.length
        for (const [key, size] of batch) model.add(`k${key}`, valueOf(size), timestamp)
      }
      return
    }
    case 'read': {
      const offset = Math.round(model.start + step.at * (model.end - model.start))
      const { batches, sizeBytes } = await log.read({ offset, maxBytes: step.maxBytes, minOneBatch: true, isolation: 'read_committed' })
      expect(sizeBytes).toBe(batches.reduce((sum, { length }) => sum + length, 0))
      if (batches.length === 0) {
        expect(model.fault([], offset, model.end)).toBeUndefined()
        expect(log.availableBytes(offset, 'read_committed') === 0 || offset < model.end).toBe(true)
        return
      }
      expect(log.availableBytes(offset, 'read_committed')).toBeGreaterThan(0)
      const got = recordsOf(batches, offset)
      expect(model.fault(got, offset, Math.min(nextOffset(batches), model.end))).toBeUndefined()
      if (sizeBytes > step.maxBytes) expect(batches.length).toBe(1)
      return
    }
    case 'delete': {
      const offset = Math.round(model.start + step.at * (model.end - model.start))
      expect(await log.deleteRecordsBefore(offset)).toBeGreaterThanOrEqual(offset)
      return
    }
    case 'reopen':
      await made.reopen()
      return
    case 'crash':
      await made.crash()
      return
    case 'retain':
      await log.enforceRetention(clock.now())
      return
    case 'clean':
      await log.clean(clock.now())
      return
    case 'flush':
      await log.flush()
      return
    case 'pass':
      clock.advance(step.ms)
  }
}

function valueOf(size: number): string | null {
  return size < 0 ? null : 'x'.repeat(size)
}

async function readFrom({ log }: LogOnDisk, model: Model, from: number, maxBytes: number): Promise<void> {
  for (let offset = from; offset < log.logEndOffset;) {
    const { batches } = await log.read({ offset, maxBytes, minOneBatch: true, isolation: 'read_uncommitted' })
    const next = batches.length === 0 ? log.logEndOffset : nextOffset(batches)
    expect(model.fault(recordsOf(batches, offset), offset, next)).toBeUndefined()
    offset = next
  }
}

const runs = Number(process.env['MILLRACE_LOG_RUNS'] ?? 40)

test.each([['deleted', false], ['compacted', true]])('a log that is %s shows the records of a plain array, whatever is done to it', async (_, compacted) => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => play(steps, compacted)), { numRuns: runs })
}, 60_000 + 500 * runs)

test('the model tells a wrong answer from a right one', () => {
  const model = new Model(false)
  model.add('a', 'x', startMs)
  expect(model.fault([], 0, 1)).toBe('offset 0 is missing')
  expect(model.fault([{ offset: 0, key: 'a', value: 'y' }], 0, 1)).toBe('offset 0 is another record')
})
