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

  it('leaves a batch that was kept as it is when the next one comes', async () => {
    const task = bolt.createTask(taskContext())
    const pick = (text: string) => {
      const emitted: Batch[] = []
      expect(task.executeBatch!(batchOf({ value: [text, text] }), { writes: new WriteSet(), epoch: 1, emit: (batch) => void emitted.push(batch) })).toBe(true)
      return emitted[0]!
    }
    const kept = pick('{"ad":"kept","größe":1,"ok":true}')
    kept.keep()
    kept.release()
    const released = pick('{"ad":"released","größe":2,"ok":false}')
    released.release()
    const last = pick('{"ad":"last","größe":3,"ok":true}')
    expect([kept.tuple(1), last.tuple(1)]).toEqual([{ ad: 'kept', 'größe': 1, ok: true }, { ad: 'last', 'größe': 3, ok: true }])
  })

  it('takes nothing from the prototype', async () => {
    const { failures } = await byRows(pickJson({ field: 'value', fields: { constructor: 'string' } }) as BoltDefinition<never>, batchOf({ value: ['{}'] }))
    expect(failures.size).toBe(1)
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

  it('finds nothing where the types differ', async () => {
    const { rows } = await byBatch(filterEquals({ field: 'n', value: '2', keep: { id: 'string' } }) as BoltDefinition<never>, batch(['a', 'b', 'c']))
    expect(rows).toEqual([])
  })
})

describe('lookup', () => {
  const campaigns = new Map([['a', 'x'], ['b', 'y'], ['é', 'x'], ['', '']])
  const ad = fc.constantFrom('a', 'b', 'é', '')
  const batch = (ads: string[]) => batchOf({ ad: ads, n: ads.map((_, i) => i) })
  const joined = (options: { missing?: 'fail' | 'drop'; remembered?: number; late?: boolean }) => lookup({
    field: 'ad', as: 'campaign', keep: { n: 'number' }, ...options,
    from: () => ({ get: (key) => (options.late === true ? Promise.resolve(campaigns.get(key)) : campaigns.get(key)) }),
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
