import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucket, hashValue } from '../../src/base/hash.ts'
import { makeChooser } from '../../src/grouping/chooser.ts'
import type { CustomGrouping, Grouping } from '../../src/grouping/grouping.ts'
import type { Tuple } from '../../src/tuple/fields.ts'
import { rowBatch } from '../tuple/made-batches.ts'

const sizes = fc.integer({ min: 1, max: 40 })
const tasks = fc.integer({ min: 1, max: 10_000 })

function targets(size: number): number[] {
  return Array.from({ length: size }, (_, index) => 10 + index)
}

function one(grouping: Grouping, size: number, sourceTask = 1): (tuple: Tuple) => number {
  const chooser = makeChooser(grouping, targets(size), sourceTask)
  if (typeof chooser === 'string' || !('one' in chooser)) throw new TypeError(`${grouping.kind} chooses no single target`)
  return chooser.one
}

function many(grouping: Grouping, size: number): (tuple: Tuple) => readonly number[] {
  const chooser = makeChooser(grouping, targets(size), 1)
  if (typeof chooser === 'string' || !('many' in chooser)) throw new TypeError(`${grouping.kind} chooses a single target`)
  return chooser.many
}

function counts(choose: (tuple: Tuple) => number, size: number, tuples: Iterable<Tuple>): number[] {
  const result = Array.from({ length: size }, () => 0)
  for (const tuple of tuples) result[choose(tuple)]!++
  return result
}

const words = (count: number) => Array.from({ length: count }, (_, n) => ({ word: `word-${n}` }))

describe.each(['shuffle', 'none', 'local-or-shuffle'] as const)('%s grouping', (kind) => {
  test('gives two tasks exactly 5,000 of 10,000 tuples each', () => {
    expect(counts(one({ kind }, 2), 2, words(10_000))).toEqual([5000, 5000])
  })

  test('never gives one task two tuples more than another', () => {
    fc.assert(fc.property(sizes, tasks, fc.integer({ min: 0, max: 300 }), (size, sourceTask, tuples) => {
      const shares = counts(one({ kind }, size, sourceTask), size, words(tuples))
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1)
    }))
  })

  test('begins at different tasks for different producers, and at the same one in every run', () => {
    const starts = Array.from({ length: 200 }, (_, task) => one({ kind }, 4, task + 1)({}))
    expect(Array.from({ length: 200 }, (_, task) => one({ kind }, 4, task + 1)({}))).toEqual(starts)
    for (const index of [0, 1, 2, 3]) expect(starts.filter((start) => start === index).length).toBeGreaterThan(25)
  })
})

describe('fields grouping', () => {
  const byWord: Grouping = { kind: 'fields', fields: ['word'] }

  test('chooses by the pinned hash alone, whoever asks and whatever came before', () => {
    fc.assert(fc.property(fc.anything(), sizes, tasks, fc.integer({ min: 0, max: 5 }), (word, size, sourceTask, before) => {
      fc.pre(typeof word !== 'object' || word === null || JSON.stringify(word) !== undefined)
      const choose = one(byWord, size, sourceTask)
      for (const tuple of words(before)) choose(tuple)
      expect(choose({ word, other: sourceTask })).toBe(bucket(hashValue(word), size))
    }))
  })

  test('keeps tuples together that agree in all fields named, and only looks at those', () => {
    const choose = one({ kind: 'fields', fields: ['a', 'b'] }, 1000)
    expect(choose({ a: 'x', b: 1, c: 1 })).toBe(choose({ c: 2, b: 1n, a: 'x' }))
    expect(choose({ a: 'ab', b: 'c' })).not.toBe(choose({ a: 'a', b: 'bc' }))
    expect(choose({ a: 'x', b: 'y' })).not.toBe(choose({ a: 'y', b: 'x' }))
  })

  test('takes bytes by their content and absent values as one', () => {
    const choose = one(byWord, 1000)
    expect(choose({ word: new Uint8Array([1, 2]) })).toBe(choose({ word: Buffer.from([1, 2]) }))
    expect(choose({ word: null })).toBe(choose({}))
  })

  test('spreads many keys evenly', () => {
    for (const size of [2, 3, 7, 16]) {
      const shares = counts(one(byWord, size), size, words(50_000))
      for (const share of shares) expect(share / (50_000 / size)).toBeCloseTo(1, 0.5)
    }
  })
})

describe('partial key grouping', () => {
  const byWord: Grouping = { kind: 'partial-key', fields: ['word'] }

  test('shares each key between two tasks, the same two for every producer', () => {
    fc.assert(fc.property(fc.string(), fc.integer({ min: 2, max: 40 }), (word, size) => {
      const seen = (sourceTask: number) => {
        const choose = one(byWord, size, sourceTask)
        return new Set(Array.from({ length: 10 }, () => choose({ word })))
      }
      expect(seen(1).size).toBe(2)
      expect(seen(2)).toEqual(seen(1))
    }))
  })

  test('gives different keys different pairs', () => {
    const pairs = new Set(words(1000).map((tuple) => {
      const choose = one(byWord, 10)
      return JSON.stringify([choose(tuple), choose(tuple)].toSorted((a, b) => a - b))
    }))
    expect(pairs.size).toBe(45)
  })

  test('chooses the candidate this producer has used less', () => {
    const choose = one(byWord, 2)
    const hot = Array.from({ length: 9 }, () => choose({ word: 'hot' }))
    expect(hot.filter((index) => index === hot[0]).length).toBe(5)
    expect(counts(one(byWord, 8), 8, [...words(100), ...Array.from({ length: 800 }, () => ({ word: 'hot' }))]).filter((share) => share > 200).length).toBe(2)
  })

  test('spreads keys more evenly than their hash would', () => {
    const shares = counts(one(byWord, 10), 10, words(1000))
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThan(10)
  })

  test('has one task to choose from when there is one', () => {
    expect(one(byWord, 1)({ word: 'a' })).toBe(0)
  })
})

describe('the other groupings', () => {
  test('all: every task gets every tuple, so there is nothing to choose', () => {
    expect(makeChooser({ kind: 'all' }, targets(6), 1)).toBe('all')
  })

  test('global: the lowest task gets every tuple', () => {
    expect(counts(one({ kind: 'global' }, 5), 5, words(10))).toEqual([10, 0, 0, 0, 0])
  })

  test('direct: the producer names the task, so there is nothing to choose', () => {
    expect(makeChooser({ kind: 'direct' }, targets(3), 1)).toBe('direct')
  })
})

describe('custom grouping', () => {
  const custom = (create: () => CustomGrouping): Grouping => ({ kind: 'custom', create })

  test.each([2, 3])('delivers a tuple %i times when that many tasks are answered', (copies) => {
    const choose = many(custom(() => ({ chooseTasks: (_, targets) => targets.slice(0, copies) })), 5)
    expect(choose({})).toHaveLength(copies)
    const repeated = many(custom(() => ({ chooseTasks: () => Array.from({ length: copies }, () => 11) })), 5)
    expect(repeated({})).toEqual(Array.from({ length: copies }, () => 1))
  })

  test('drops a tuple when no task is answered', () => {
    expect(many(custom(() => ({ chooseTasks: () => [] })), 3)({})).toEqual([])
  })

  test('is prepared once per producing task, with the targets and who asks', () => {
    const prepared: unknown[] = []
    const grouping = custom(() => ({
      prepare: (targets, sourceTask) => prepared.push({ targets, sourceTask }),
      chooseTasks: (tuple, targets) => [targets[(tuple['n'] as number) % targets.length]!],
    }))
    const choose = many(grouping, 3)
    expect([0, 1, 2, 3].map((n) => choose({ n })[0])).toEqual([0, 1, 2, 0])
    expect(prepared).toEqual([{ targets: [10, 11, 12], sourceTask: 1 }])
  })

  test.each([[[13]], [[0]], [[10, 99]], [['10']], [7], [undefined]])('is refused when it answers %j', (answer) => {
    const choose = many(custom(() => ({ chooseTasks: () => answer as never })), 3)
    expect(() => choose({})).toThrow(expect.objectContaining({ code: 'MR_EMIT_INVALID', remedy: expect.stringContaining('10, 11, 12') as string }) as Error)
  })
})

describe('the tasks of a batch', () => {
  const row = fc.record({ word: fc.oneof(fc.constantFrom('', 'whale', '数据流', '🐋', '\ufeffbom', '\0'), fc.string({ unit: 'grapheme' })), n: fc.oneof(fc.double(), fc.constantFrom(0, -0, 1, NaN, 1e21)), flag: fc.boolean() })
  const key = fc.subarray(['word', 'n', 'flag'], { minLength: 1 }).chain((fields) => fc.shuffledSubarray(fields, { minLength: fields.length }))
  const grouping: fc.Arbitrary<Grouping> = fc.oneof(
    fc.constantFrom('shuffle', 'local-or-shuffle', 'none', 'global').map((kind) => ({ kind })),
    fc.tuple(fc.constantFrom('fields', 'partial-key'), key).map(([kind, fields]) => ({ kind, fields })),
  )

  test('are those of its rows one by one, whichever way rows come', () => {
    fc.assert(fc.property(grouping, sizes, tasks, fc.array(fc.array(row, { minLength: 1, maxLength: 20 }), { maxLength: 4 }), (how, size, sourceTask, batches) => {
      const byRow = makeChooser(how, targets(size), sourceTask)
      const byBatch = makeChooser(how, targets(size), sourceTask)
      if (typeof byRow === 'string' || typeof byBatch === 'string' || !('one' in byRow) || !('one' in byBatch)) throw new TypeError(`${how.kind} chooses no single target`)
      for (const [i, rows] of batches.entries()) {
        const chosen = new Int32Array(rows.length + 3)
        const expected = rows.map((tuple) => byRow.one(tuple))
        if (i === 2) for (const [at, tuple] of rows.entries()) chosen[at] = byBatch.one(tuple)
        else expect(byBatch.each(rowBatch(rows), chosen)).toBe(true)
        expect(Array.from(chosen.subarray(0, rows.length))).toEqual(expected)
      }
    }))
  })

  test.each(['fields', 'partial-key'] as const)('are not known by %s when the batch lacks a column of the key', (kind) => {
    const chooser = makeChooser({ kind, fields: ['word', 'other'] }, targets(3), 1)
    if (typeof chooser === 'string' || !('one' in chooser)) throw new TypeError('no single target')
    expect(chooser.each(rowBatch([{ word: 'a' }]), new Int32Array(1))).toBe(false)
  })
})
