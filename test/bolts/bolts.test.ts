import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { filterEquals, lookup, pickJson, splitText, tumblingCount } from '../../src/bolts/index.ts'
import { redisCounter } from '../../src/redis/index.ts'
import { partOf } from '../../src/testing/writes-part.ts'
import { WriteSet } from '../../src/state/write-set.ts'
import type { BoltDefinition } from '../../src/topology/bolt.ts'
import { noLineage, type Batch } from '../../src/tuple/batch.ts'
import { RowBatch } from '../../src/tuple/row-batch.ts'
import { taskContext } from '../topology/task-context.ts'
import { batchOf, byBatch, byRows } from './both-ways.ts'

const word = fc.oneof(fc.constantFrom('', 'whale', 'sea', 'é', '数据流', '🐋', 'x'.repeat(40)), fc.string({ unit: 'grapheme', maxLength: 9 }))
const rows = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 40 })

async function sameBothWays(bolt: BoltDefinition<never>, batch: Batch): Promise<boolean> {
  const [one, other] = [await byRows(bolt, batch), await byBatch(bolt, batch)]
  expect(other.rows).toEqual(one.rows)
  expect(partOf(other.writes)).toEqual(partOf(one.writes))
  expect(other.failures).toEqual(one.failures)
  return other.byBatch
}

describe('splitText', () => {
  it.each([' ', ',', '\n'])('gives the pieces between "%s" that are not empty, as rows or as a batch', async (by) => {
    const text = fc.array(fc.oneof(word, fc.constantFrom(' ', ',', '\n', ' , ')), { maxLength: 8 }).chain((words) => fc.constantFrom(words.join(by), words.join('')))
    await fc.assert(fc.asyncProperty(rows(text), async (texts) => {
      const batch = batchOf({ value: texts })
      const bolt = splitText({ field: 'value', as: 'word', by })
      expect(await sameBothWays(bolt as BoltDefinition<never>, batch)).toBe(true)
      const { rows } = await byRows(bolt, batch)
      expect(rows).toEqual(texts.flatMap((text, row) => text.split(by).filter((piece) => piece !== '').map((word) => ({ tuple: { word }, offset: 100 + row }))))
    }))
  })

  it.each(['ab', 'é', '🐋'])('splits by "%s" row by row', async (by) => {
    expect(await sameBothWays(splitText({ field: 'value', as: 'word', by }) as BoltDefinition<never>, batchOf({ value: [`x${by}y${by}${by}z`, '', by] }))).toBe(false)
  })
})

describe('a counter of what splitText emits', () => {
  it('counts the same on bytes as on strings', async () => {
    await fc.assert(fc.asyncProperty(rows(word), async (words) => {
      expect(await sameBothWays(redisCounter({ key: 'words', field: 'word' }) as BoltDefinition<never>, batchOf({ word: words }))).toBe(true)
    }))
  })
})

describe('pickJson', () => {
  const bolt = pickJson({ field: 'value', fields: { ad: 'string', 'größe': 'number', ok: 'boolean' } }) as BoltDefinition<never>
  const good = fc.record({ ad: fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()), 'größe': fc.double({ noNaN: true, noDefaultInfinity: true }), ok: fc.boolean(), rest: fc.jsonValue() }).map((value) => JSON.stringify(value))
  const bad = fc.constantFrom('', '{', '[]', 'null', '7', '{"ad":"x","größe":1}', '{"ad":null,"größe":1,"ok":true}', '{"ad":"x","größe":"1","ok":true}', '{"ad":"x","größe":1,"ok":1}')

  it('gives the declared members in the order of the records, with escapes and without', async () => {
    await fc.assert(fc.asyncProperty(rows(good), async (texts) => {
      const batch = batchOf({ value: texts })
      expect(await sameBothWays(bolt, batch)).toBe(true)
      const { rows } = await byRows(bolt, batch)
      expect(rows.map(({ tuple }) => tuple)).toEqual(texts.map((text) => {
        const { ad, 'größe': size, ok } = JSON.parse(text) as Record<string, unknown>
        return { ad, 'größe': size, ok }
      }))
    }))
  })

  it('fails for the very records that lack something, and for no other', async () => {
    await fc.assert(fc.asyncProperty(rows(fc.oneof(good, bad)), async (texts) => {
      await sameBothWays(bolt, batchOf({ value: texts }))
    }))
  })

  it('says what is wrong, and nothing of the text', async () => {
    const texts = ['{"ad":"CANARY"', '["CANARY"]', '{"größe":1,"ok":true}', '{"ad":"x","größe":"CANARY","ok":true}', '{"toString":1}']
    const { failures } = await byRows(bolt, batchOf({ value: texts }))
    expect([...failures.values()]).toEqual(['it is not JSON', 'it is no object', 'its ad is missing', 'its größe is no number', 'its ad is missing'].map((why) => `pickJson cannot read a text: ${why}`))
  })

  it('picks and hands on a member that is called as the prototype is', async () => {
    const fields = { ['__proto__']: 'string', ad: 'string' } as const
    const text = '{"__proto__":"p","ad":"x"}'
    const picked = await byBatch(pickJson({ field: 'value', fields }) as BoltDefinition<never>, batchOf({ value: [text] }))
    expect(JSON.stringify(picked.rows[0]!.tuple)).toBe(text)
    expect(await sameBothWays(pickJson({ field: 'value', fields }) as BoltDefinition<never>, batchOf({ value: [text] }))).toBe(true)
    const { rows } = await byRows(filterEquals({ field: 'ad', value: 'x', keep: fields }) as BoltDefinition<never>, new RowBatch([picked.rows[0]!.tuple], noLineage, Int32Array.of(0)))
    expect(JSON.stringify(rows[0]!.tuple)).toBe(text)
  })

  it('gives columns of numbers one number for each row', async () => {
    const task = bolt.createTask(taskContext())
    for (const rows of [9, 2]) {
      const emitted: Batch[] = []
      await task.executeBatch!(batchOf({ value: Array.from({ length: rows }, (_, n) => `{"ad":"","größe":${n},"ok":true}`) }), { writes: new WriteSet(), epoch: 1, emit: (batch) => void emitted.push(batch) })
      expect(emitted.map((batch) => batch.column('größe'))).toEqual([{ kind: 'number', numbers: Float64Array.from({ length: rows }, (_, n) => n) }])
      emitted[0]!.release()
    }
  })

  it('takes nothing from the prototype', async () => {
    const { failures } = await byRows(pickJson({ field: 'value', fields: { constructor: 'string' } }) as BoltDefinition<never>, batchOf({ value: ['{}'] }))
    expect(failures.size).toBe(1)
  })
})

describe('a batch that a library bolt emits', () => {
  const texts = (prefix: string) => batchOf({ ad: ['a', 'b', 'none', 'a'], id: [0, 1, 2, 3].map((i) => `${prefix}${i}`), n: [1, 2, 3, 4] })
  it.each([
    ['pickJson', pickJson({ field: 'value', fields: { id: 'string', n: 'number' } }), (prefix: string) => batchOf({ value: [0, 1, 2].map((n) => JSON.stringify({ n, id: `${prefix}${n}` })) })],
    ['filterEquals', filterEquals({ field: 'ad', value: 'a', keep: { id: 'string', n: 'number' } }), texts],
    ['lookup', lookup({ field: 'id', as: 'campaign', from: () => ({ get: (id) => (id.endsWith('2') ? undefined : `of ${id}`) }), missing: 'drop', keep: { id: 'string', n: 'number' } }), texts],
    ['lookup that drops nothing', lookup({ field: 'id', as: 'campaign', from: () => ({ get: (id) => `of ${id}` }), keep: { id: 'string', n: 'number' } }), texts],
  ])('stays as it is while it is kept, and serves again when it was released: %s', async (_, bolt, batch) => {
    const task = bolt.createTask(taskContext())
    await task.prepare?.()
    const emitted = async (prefix: string) => {
      const batches: Batch[] = []
      expect(await task.executeBatch!(batch(prefix), { writes: new WriteSet(), epoch: 1, emit: (one) => void batches.push(one) })).toBe(true)
      return batches[0]!
    }
    const read = (one: Batch) => {
      one.column('id')
      return Array.from({ length: one.rows }, (__, row) => [one.tuple(row), one.column('n')?.kind, one.offsetOf(row)])
    }
    const first = await emitted('first')
    const expected = JSON.stringify(read(first))
    first.keep()
    first.release()
    for (const prefix of ['second', 'third', 'fourth']) {
      const next = await emitted(prefix)
      expect(JSON.stringify(read(next))).toBe(expected.replaceAll('first', prefix))
      next.release()
    }
    expect(JSON.stringify(read(first))).toBe(expected)
  })
})

describe('filterEquals', () => {
  const batch = (kinds: string[]) => batchOf({ kind: kinds, n: kinds.map((_, i) => i % 3), id: kinds.map((_, i) => `id ${i}`) })

  it('keeps what equals a text or a number, and of it the declared fields', async () => {
    await fc.assert(fc.asyncProperty(rows(word), async (kinds) => {
      expect(await sameBothWays(filterEquals({ field: 'kind', value: 'whale', keep: { id: 'string', n: 'number' } }) as BoltDefinition<never>, batch(kinds))).toBe(true)
      expect(await sameBothWays(filterEquals({ field: 'n', value: 2, keep: { id: 'string' } }) as BoltDefinition<never>, batch(kinds))).toBe(true)
    }))
  })

  it('tells texts apart that differ in length or in any byte', async () => {
    const near = (text: string) => fc.oneof(fc.constant(text), fc.constantFrom(text.slice(1), text.slice(0, -1), `${text}x`, `x${text}`, ''), fc.nat({ max: Math.max(0, text.length - 1) }).map((at) => `${text.slice(0, at)}_${text.slice(at + 1)}`))
    const texts = fc.constantFrom('', 'a', 'ab', 'abc', 'view', 'click', 'é', 'purchase', 'some longer text').chain((text) => fc.tuple(fc.constant(text), rows(near(text))))
    await fc.assert(fc.asyncProperty(texts, async ([value, kinds]) => {
      const bolt = filterEquals({ field: 'kind', value, keep: { kind: 'string', n: 'number' } }) as BoltDefinition<never>
      // The last text may end the buffer.
      const batch = batchOf({ n: kinds.map((_, i) => i), kind: kinds })
      expect(await sameBothWays(bolt, batch)).toBe(true)
      expect((await byRows(bolt, batch)).rows.map(({ tuple }) => tuple['n'])).toEqual(kinds.flatMap((kind, n) => kind === value ? [n] : []))
    }))
  })

  it('finds nothing where the types differ', async () => {
    const { rows } = await byBatch(filterEquals({ field: 'n', value: '2', keep: { id: 'string' } }) as BoltDefinition<never>, batch(['a', 'b', 'c']))
    expect(rows).toEqual([])
  })
})

describe('lookup', () => {
  it.each([{ from: new Map() }, { missing: 'skip' }])('refuses options it does not know: %j', (wrong) => {
    const options = { field: 'ad', as: 'campaign', from: () => new Map<string, string>(), keep: {}, ...wrong } as unknown as Parameters<typeof lookup>[0]
    expect(() => lookup(options)).toThrow(expect.objectContaining({ code: 'MR_OPTIONS_INVALID' }))
  })

  const campaigns = new Map([['a', 'x'], ['b', 'y'], ['é', 'x'], ['', '']])
  const ad = fc.constantFrom('a', 'b', 'é', '')
  const batch = (ads: string[]) => batchOf({ ad: ads, n: ads.map((_, i) => i) })
  const joined = ({ late, ...options }: { missing?: 'fail' | 'drop'; remembered?: number; late?: boolean }) => lookup({
    field: 'ad', as: 'campaign', keep: { n: 'number' }, ...options,
    from: () => ({ get: (key) => (late === true ? Promise.resolve(campaigns.get(key)) : campaigns.get(key)) }),
  }) as BoltDefinition<never>

  it.each([false, true])('adds the value of the key; asked later: %s', async (late) => {
    await fc.assert(fc.asyncProperty(rows(ad), async (ads) => {
      expect(await sameBothWays(joined({ late }), batch(ads))).toBe(true)
      const { rows } = await byBatch(joined({ late }), batch(ads))
      expect(rows.map(({ tuple }) => tuple)).toEqual(ads.map((ad, n) => ({ n, campaign: campaigns.get(ad) })))
    }))
  })

  it('fails, or drops, what has no value', async () => {
    await fc.assert(fc.asyncProperty(rows(fc.oneof(ad, fc.constant('unknown'))), async (ads) => {
      await sameBothWays(joined({}), batch(ads))
      expect(await sameBothWays(joined({ missing: 'drop' }), batch(ads))).toBe(true)
    }))
  })

  it('asks again for what it has forgotten', async () => {
    await fc.assert(fc.asyncProperty(rows(ad), async (ads) => {
      await sameBothWays(joined({ remembered: 2, late: true }), batch(ads))
    }))
  })

  it('asks again for a key that could not be asked for before', async () => {
    let fails = true
    const bolt = lookup({ field: 'ad', as: 'campaign', keep: {}, from: () => ({ get: (key) => (fails ? Promise.reject(new Error('away')) : Promise.resolve(`of ${key}`)) }) })
    const task = bolt.createTask(taskContext())
    await task.prepare?.()
    const emitted: Batch[] = []
    const out = { writes: new WriteSet(), epoch: 1, emit: (one: Batch) => void emitted.push(one) }
    await expect(task.executeBatch!(batch(['a', 'b']), out)).rejects.toThrow('away')
    fails = false
    const tuples: unknown[] = []
    await task.execute({ ad: 'b' }, { ...out, emit: (tuple) => void tuples.push(tuple), emitDirect: () => expect.unreachable() })
    expect(tuples).toEqual([{ campaign: 'of b' }])
    expect(await task.executeBatch!(batch(['a', 'b']), out)).toBe(true)
    expect(emitted.map((one) => [one.tuple(0), one.tuple(1)])).toEqual([[{ campaign: 'of a' }, { campaign: 'of b' }]])
  })

  it('refuses keys and values that UTF-8 cannot hold, for two of them would become one', async () => {
    const tuples = [{ ad: '\ud800', n: 0 }, { ad: 'a', n: 1 }, { ad: 'broken', n: 2 }]
    const bolt = lookup({ field: 'ad', as: 'campaign', keep: { n: 'number' }, from: () => new Map([['a', 'x'], ['broken', '\udc00']]) })
    const { failures, rows } = await byRows(bolt, new RowBatch(tuples, noLineage, Int32Array.of(0, 1, 2)))
    expect([...failures.keys()]).toEqual([0, 2])
    expect(rows.map(({ tuple }) => tuple)).toEqual([{ n: 1, campaign: 'x' }])
  })

  it('asks once for each key', async () => {
    const asked: string[] = []
    const bolt = lookup({ field: 'ad', as: 'campaign', keep: {}, from: () => ({ get: (key) => (asked.push(key), Promise.resolve('x')) }) })
    await byBatch(bolt, batch(['a', 'b', 'a', 'a', 'b']))
    expect(asked.sort()).toEqual(['a', 'b'])
  })
})

describe('tumblingCount', () => {
  const bolt = tumblingCount({ by: 'campaign', time: 'at', sizeMs: 10 }) as BoltDefinition<never>

  it('counts each value in the window of its time, whether times are numbers or text', async () => {
    const event = fc.tuple(fc.constantFrom('x', 'y', 'é'), fc.integer({ min: -50, max: 50 }))
    await fc.assert(fc.asyncProperty(rows(event), async (events) => {
      const expected = new Map<string, number>()
      for (const [campaign, at] of events) {
        const key = `${campaign}@${Math.floor(at / 10) * 10}`
        expected.set(key, (expected.get(key) ?? 0) + 1)
      }
      for (const times of [events.map(([, at]) => at), events.map(([, at]) => String(at))]) {
        const batch = batchOf({ campaign: events.map(([campaign]) => campaign), at: times })
        for (const { rows } of [await byRows(bolt, batch), await byBatch(bolt, batch)]) {
          expect(new Map(rows.map(({ tuple }) => [`${String(tuple['campaign'])}@${String(tuple['start'])}`, tuple['count']]))).toEqual(expected)
        }
      }
    }))
  })

  it('gives each epoch what belongs to it, with epochs that overlap and values that come again', () => {
    const task = bolt.createTask(taskContext())
    const sharesOf = (epoch: number) => {
      const shares: unknown[] = []
      task.endEpoch!(epoch, { writes: new WriteSet(), epoch, emit: (one) => { for (let row = 0; row < one.rows; row++) shares.push(Object.values(one.tuple(row))) } })
      return shares
    }
    const count = (epoch: number, campaigns: string[], at: number[]) => expect(task.executeBatch!(batchOf({ campaign: campaigns, at }), { writes: new WriteSet(), epoch, emit: () => expect.unreachable() })).toBe(true)
    count(1, ['x', 'y', 'x'], [1, 12, 3])
    count(2, ['y', 'z'], [1, 1])
    count(1, ['x'], [9])
    expect(sharesOf(1)).toEqual([['x', 0, 3], ['y', 10, 1]])
    count(3, ['z'], [25])
    expect(sharesOf(2)).toEqual([['y', 0, 1], ['z', 0, 1]])
    expect(sharesOf(3)).toEqual([['z', 20, 1]])
    expect(sharesOf(3)).toEqual([])
  })

  it('counts nothing of a batch that it gives back', () => {
    const task = bolt.createTask(taskContext())
    const shares: unknown[] = []
    const out = { writes: new WriteSet(), epoch: 1, emit: (one: Batch) => void shares.push(one.rows) }
    expect(task.executeBatch!(batchOf({ campaign: ['x', 'x'], at: [1, 1.5] }), out)).toBe(false)
    task.endEpoch!(1, out)
    expect(shares.filter((rows) => rows !== 0)).toEqual([])
  })

  it('fails for what is no whole number', async () => {
    await fc.assert(fc.asyncProperty(rows(fc.constantFrom('1', '', '-', '1.5', 'x', '12345678901234567', ' 1')), async (times) => {
      await sameBothWays(bolt, batchOf({ campaign: times.map(() => 'x'), at: times }))
    }))
  })

  it('fails for a value that UTF-8 cannot hold, and for what is no text', async () => {
    const tuples = [{ campaign: '\ud800', at: 1 }, { campaign: 7, at: 1 }, { campaign: 'x', at: 1 }]
    const { failures, rows } = await byRows(bolt, new RowBatch(tuples, noLineage, Int32Array.of(0, 1, 2)))
    expect([...failures.keys()]).toEqual([0, 1])
    expect(rows).toHaveLength(1)
  })

  it('is refused for a window of no length', () => {
    expect(() => tumblingCount({ by: 'a', time: 'b', sizeMs: 0 })).toThrow(/sizeMs/)
  })
})
