import { beforeEach, describe, expect, it } from 'vitest'
import { WriteSet } from '../../src/state/write-set.ts'
import type { PartitionFates } from '../../src/tracking/record-fates.ts'
import type { OpenCommit, SealingStore } from './sealing-store.ts'
import type { Keyspaces } from './keyspace.ts'

export interface StoreUnderTest {
  /** A store of the topology (default `words`) over the same results, as another process would connect to it; not opened. */
  readonly connect: (topology?: string) => SealingStore
  readonly keyspaces: Keyspaces
}

/** What every commit store answers. `make` begins empty. */
export function commitStoreContract(make: () => Promise<StoreUnderTest>): void {
  let under: StoreUnderTest
  let store: SealingStore
  beforeEach(async () => {
    under = await make()
    store = under.connect()
    await store.open()
    await store.deploy([{ partition: 'a/0', offset: 10 }, { partition: 'a/1', offset: 0 }])
    await store.acquire('me', ['a/0', 'a/1'])
  })

  const answerOf = async (commit: Partial<OpenCommit>): Promise<unknown> => store.commit(commitOf(commit))
  const storedFates = async () => (await store.fates()).toSorted((a, b) => (a.partition < b.partition ? -1 : 1))
  const dump = () => under.keyspaces.dump()

  describe('positions', () => {
    it('are where they were deployed, and stay there when deployed again', async () => {
      await store.deploy([{ partition: 'a/0', offset: 99 }, { partition: 'b/0', offset: 7 }])
      expect(await store.load(['a/0', 'a/1', 'b/0', 'c/0'])).toEqual(new Map([['a/0', 10], ['a/1', 0], ['b/0', 7]]))
      expect(await store.starts(['a/0', 'b/0', 'c/0'])).toEqual(new Map([['a/0', 10], ['b/0', 7]]))
    })

    it('move with a commit, while the starts stay', async () => {
      expect(await answerOf({ ranges: [range(10, 12)] })).toEqual({ answer: 'OK' })
      expect(await store.load(['a/0', 'a/1'])).toEqual(new Map([['a/0', 12], ['a/1', 0]]))
      expect(await store.starts(['a/0'])).toEqual(new Map([['a/0', 10]]))
    })

    it('have the fates of the records below them, which add up to the offsets passed', async () => {
      await answerOf({ ranges: [range(10, 20), range(0, 3, 'a/1')], fates: [fates('a/0', 5, 2, 1, 2), fates('a/1', 3, 0, 0, 0)], dead: [{ partition: 'a/0', offset: 13 }] })
      await answerOf({ ranges: [range(20, 26)], sequence: 2, fates: [fates('a/0', 6, 0, 0, 0)] })
      expect(await storedFates()).toEqual([{ ...fates('a/0', 11, 2, 1, 2), from: 10 }, { ...fates('a/1', 3, 0, 0, 0), from: 0 }])
    })

    it('leave the fates alone when the commit is refused or sent again', async () => {
      const commit = commitOf({ ranges: [range(10, 12)], fates: [fates('a/0', 2, 0, 0, 0)] })
      await store.commit(commit)
      await store.commit(commit)
      expect(await answerOf({ ranges: [range(10, 13)], sequence: 2, fates: [fates('a/0', 3, 0, 0, 0)] })).toMatchObject({ answer: 'MISMATCH' })
      expect(await storedFates()).toEqual([{ ...fates('a/0', 2, 0, 0, 0), from: 10 }])
    })

    it('are known to the next process, and to nobody else', async () => {
      expect(await under.connect().open()).toEqual({ known: true })
      expect(await under.connect('other').open()).toEqual({ known: false })
    })

    it('are answered by acquire only where there are any', async () => {
      expect(await store.acquire('me', ['a/1', 'c/0'])).toEqual(new Map([['a/1', 0]]))
    })

    it('may be as large as 2^53 - 1', async () => {
      await store.deploy([{ partition: 'big/0', offset: 2 ** 53 - 2 }])
      await store.acquire('me', ['big/0'])
      expect(await answerOf({ ranges: [{ partition: 'big/0', from: 2 ** 53 - 2, to: 2 ** 53 - 1 }] })).toEqual({ answer: 'OK' })
      expect(await store.load(['big/0'])).toEqual(new Map([['big/0', 2 ** 53 - 1]]))
    })
  })

  describe('a commit', () => {
    it('is applied once, however often it is sent', async () => {
      const commit = commitOf({ writes: counted({ whale: 2 }) })
      expect(await store.commit(commit)).toEqual({ answer: 'OK' })
      expect(await store.commit(commit)).toEqual({ answer: 'DUP' })
      expect(await dump()).toEqual({ words: { fields: { whale: '2' }, expires: -1 } })
    })

    it('is a duplicate also after somebody else has taken over', async () => {
      const commit = commitOf({})
      await store.commit(commit)
      await store.acquire('other', ['a/0'])
      expect(await store.commit(commit)).toEqual({ answer: 'DUP' })
    })

    it('of a former owner is fenced, and writes nothing', async () => {
      await store.acquire('other', ['a/0'])
      expect(await answerOf({ writes: counted({ whale: 1 }) })).toEqual({ answer: 'FENCED', partition: 'a/0' })
      expect(await dump()).toEqual({})
    })

    it('from another position than the stored one is a mismatch, and writes nothing', async () => {
      expect(await answerOf({ ranges: [range(9, 12)], writes: counted({ whale: 1 }) })).toEqual({ answer: 'MISMATCH', partition: 'a/0', stored: 10 })
      expect(await answerOf({ ranges: [range(11, 12)] })).toEqual({ answer: 'MISMATCH', partition: 'a/0', stored: 10 })
      expect(await dump()).toEqual({})
    })

    it('that was applied for a part of its partitions only is a mismatch', async () => {
      await answerOf({ ranges: [range(10, 12)], sequence: 5 })
      expect(await answerOf({ ranges: [range(10, 12), range(0, 3, 'a/1')], sequence: 5 })).toEqual({ answer: 'MISMATCH', partition: 'a/1', stored: 0 })
    })

    it('of several partitions is refused whole when one of them is not ours', async () => {
      await store.acquire('other', ['a/1'])
      expect(await answerOf({ ranges: [range(10, 12), range(0, 3, 'a/1')] })).toEqual({ answer: 'FENCED', partition: 'a/1' })
      expect(await store.load(['a/0'])).toEqual(new Map([['a/0', 10]]))
    })

    it('without new records moves nothing, and is told from the next one', async () => {
      expect(await answerOf({ ranges: [range(10, 10)], sequence: 1 })).toEqual({ answer: 'OK' })
      expect(await answerOf({ ranges: [range(10, 10)], sequence: 2, writes: counted({ tick: 1 }) })).toEqual({ answer: 'OK' })
      expect(await dump()).toEqual({ words: { fields: { tick: '1' }, expires: -1 } })
    })

    it('of a partition that was never deployed is refused', async () => {
      expect(await answerOf({ ranges: [range(10, 12), range(0, 1, 'c/0')] })).toEqual({ answer: 'UNINIT', detail: 'c/0' })
    })

    it('without any partition is a fault of the caller', async () => {
      await expect(answerOf({ ranges: [] })).rejects.toMatchObject({ code: 'MR_INTERNAL' })
    })

    it('after the topology was sealed is refused', async () => {
      await under.keyspaces.seal('words')
      expect(await answerOf({})).toEqual({ answer: 'SEALED', detail: '{words}:meta' })
    })
  })

  describe('an add', () => {
    const add = (sequence: number, writes: OpenCommit['writes']) => store.addOnce({ owner: 'me', sequence, writes })

    it('is applied each time it is called, and moves no position', async () => {
      expect(await add(1, [counted({ whale: 2 }), counted({ whale: 1, sea: 1 })])).toEqual({ answer: 'OK' })
      expect(await add(1, counted({ whale: 2 }))).toEqual({ answer: 'OK' })
      expect(await dump()).toEqual({ words: { fields: { whale: '5', sea: '1' }, expires: -1 } })
      expect(await store.load(['a/0', 'a/1'])).toEqual(new Map([['a/0', 10], ['a/1', 0]]))
    })

    it('is applied whoever has the partitions now, between commits that are none the wiser', async () => {
      expect(await answerOf({})).toEqual({ answer: 'OK' })
      await store.acquire('other', ['a/0'])
      expect(await add(1, counted({ whale: 1 }))).toEqual({ answer: 'OK' })
      expect(await answerOf({})).toEqual({ answer: 'DUP' })
      expect(await answerOf({ owner: 'other', sequence: 2, ranges: [range(12, 13)] })).toEqual({ answer: 'OK' })
    })

    it('keeps the order of the calls while none is answered', async () => {
      const answers = Array.from({ length: 20 }, (_, n) => add(n, writes((w) => w.listPush('order', `${n}`))))
      expect(new Set((await Promise.all(answers)).map(({ answer }) => answer))).toEqual(new Set(['OK']))
      expect(await dump()).toEqual({ order: { items: Array.from({ length: 20 }, (_, n) => `${n}`), expires: -1 } })
    })

    it('that cannot be made writes nothing', async () => {
      await under.keyspaces.putString('taken', 'x')
      await under.keyspaces.putHash('words', { bad: 'whale', zero: '0' })
      const before = await dump()
      expect(await add(1, refusedWith((w) => w.hashAdd('taken', 'x', 1)))).toEqual({ answer: 'BADTYPE', detail: 'taken' })
      expect(await add(2, refusedWith((w) => {
        w.hashAdd('words', 'zero', 1)
        w.hashAdd('words', 'bad', 1)
      }))).toEqual({ answer: 'REJECTED', detail: 'words' })
      expect(await dump()).toEqual(before)
    })

    it('after the topology was sealed is refused', async () => {
      await under.keyspaces.seal('words')
      expect(await add(1, counted({ whale: 1 }))).toEqual({ answer: 'SEALED', detail: '{words}:meta' })
      expect(await dump()).toEqual({})
    })
  })

  describe('writes', () => {
    it('of several workers are applied together, also where they touch the same keys', async () => {
      const part = (n: number) => writes((w) => {
        w.hashAdd('words', 'whale', n)
        w.hashAdd('words', `only ${n}`, n)
        w.hashMax('most', 'x', 10 - n)
        w.hashMin('least', 'x', n)
        w.hashSetOnce('seen', 'whale', `v${n}`, 'order')
        w.setAdd('members', 'both')
        w.setAdd('members', `m${n}`)
        w.hashSet('last', 'x', String(n))
      })
      expect(await answerOf({ writes: [part(1), part(2)] })).toEqual({ answer: 'OK' })
      expect(await dump()).toMatchObject({
        words: { fields: { whale: '3', 'only 1': '1', 'only 2': '2' } },
        most: { fields: { x: '9' } },
        least: { fields: { x: '1' } },
        seen: { fields: { whale: 'v1' } },
        last: { fields: { x: '2' } },
      })
    })

    it('of several workers that disagree about the type of a key are refused whole', async () => {
      const parts = [writes((w) => w.setAdd('one', 'x')), writes((w) => w.listPush('one', 'x'))]
      expect(await answerOf({ writes: parts })).toEqual({ answer: 'BADTYPE', detail: 'one' })
      expect(await dump()).toEqual({})
    })

    it('of every kind arrive', async () => {
      expect(await answerOf({ writes: allKinds() })).toEqual({ answer: 'OK' })
      expect(await dump()).toEqual({
        words: { fields: { whale: '3', sea: '-3', first: 'Ahab', seen: '1', most: '2.5', least: '-1e+21' }, expires: -1 },
        order: { items: ['seen', 'a', 'b'], expires: -1 },
        names: { members: ['Ahab', 'Ishmael'], expires: -1 },
        top: { scores: { whale: 1.5 }, expires: -1 },
        distinct: { distinct: 2, expires: -1 },
        last: { text: 'Moby Dick', expires: 4_102_444_800_000 },
        events: { entries: [['kind', 'sighting', 'at', '7'], ['kind', 'end']], expires: -1 },
      })
    })

    it('add up over commits, beyond what a double can hold', async () => {
      await under.keyspaces.putHash('words', { big: '9007199254740993', negative: '-1' })
      await answerOf({ writes: counted({ big: 2, negative: 1, fresh: 2 ** 53 - 1 }) })
      await answerOf({ sequence: 2, ranges: [range(12, 13)], writes: counted({ big: -1, fresh: 2 ** 53 - 1 }) })
      expect(await dump()).toEqual({ words: { fields: { big: '9007199254740994', negative: '0', fresh: '18014398509481982' }, expires: -1 } })
    })

    it('that set a field once leave it, and its list, alone from then on', async () => {
      const once = (value: string) => writes((w) => w.hashSetOnce('seen', 'whale', value, 'order'))
      await answerOf({ writes: once('first') })
      await answerOf({ sequence: 2, ranges: [range(12, 13)], writes: once('second') })
      expect(await dump()).toEqual({ seen: { fields: { whale: 'first' }, expires: -1 }, order: { items: ['whale'], expires: -1 } })
    })

    it('keep extremes over commits', async () => {
      const extremes = (most: number, least: number) => writes((w) => {
        w.hashMax('most', 'x', most)
        w.hashMin('least', 'x', least)
      })
      await answerOf({ writes: extremes(5, 5) })
      await answerOf({ sequence: 2, ranges: [range(12, 13)], writes: extremes(4, 6) })
      await answerOf({ sequence: 3, ranges: [range(13, 14)], writes: extremes(6.5, -4) })
      expect(await dump()).toEqual({ most: { fields: { x: '6.5' }, expires: -1 }, least: { fields: { x: '-4' }, expires: -1 } })
    })

    it('to a key whose expiry is past vanish with it', async () => {
      expect(await answerOf({ writes: writes((w) => {
        w.hashAdd('old', 'x', 1)
        w.expireAt('old', 1)
      }) })).toEqual({ answer: 'OK' })
      expect(await dump()).toEqual({})
    })

    it('take any text that is valid Unicode as key and field', async () => {
      const odd = ['__proto__', 'constructor', '', ' ', '\0', '\r\n$3\r\n', '数据', '🐋', 'x'.repeat(70_000)]
      expect(await answerOf({ writes: writes((w) => {
        for (const text of odd) w.hashAdd(`key ${text}`, text, 1)
      }) })).toEqual({ answer: 'OK' })
      const found = await dump()
      for (const text of odd) expect(found[`key ${text}`]).toEqual({ fields: Object.fromEntries([[text, '1']]), expires: -1 })
    })

    it('of many cells go in at once', async () => {
      const many = writes((w) => {
        for (let i = 0; i < 20_000; i++) w.hashAdd('many', `f${i}`, i)
        for (let i = 0; i < 5000; i++) w.hashAdd(`key:${i}`, 'n', 1)
        for (let i = 0; i < 9000; i++) {
          w.setAdd('members', `m${i}`)
          w.hashSet('texts', `f${i}`, `v${i}`)
          w.hashMax('maxima', `f${i}`, i)
          w.listPush('list', `v${i}`)
        }
      })
      expect(await answerOf({ writes: many })).toEqual({ answer: 'OK' })
      const found = await dump() as Record<string, { fields: Record<string, string>; members: string[]; items: string[] }>
      expect(found['many']!.fields).toEqual(Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`f${i}`, String(i)])))
      expect(found['key:4999']!.fields).toEqual({ n: '1' })
      expect(found['members']!.members).toHaveLength(9000)
      expect(found['texts']!.fields['f8999']).toBe('v8999')
      expect(found['maxima']!.fields['f8999']).toBe('8999')
      expect(found['list']!.items.slice(-2)).toEqual(['v8998', 'v8999'])
    })
  })

  describe('a write that cannot be made', () => {
    const everyKind: readonly [string, (w: WriteSet) => void][] = [
      ['increments', (w) => w.hashAdd('taken', 'x', 1)],
      ['hash fields', (w) => w.hashSet('taken', 'x', 'v')],
      ['fields set once', (w) => w.hashSetOnce('taken', 'x', 'v')],
      ['the list of fields set once', (w) => w.hashSetOnce('fine', 'x', 'v', 'taken')],
      ['maxima', (w) => w.hashMax('taken', 'x', 1)],
      ['members', (w) => w.setAdd('taken', 'x')],
      ['scores', (w) => w.sortedSetAdd('taken', 'x', 1)],
      ['elements of a HyperLogLog', (w) => w.hyperLogLogAdd('taken', 'x')],
      ['pushes', (w) => w.listPush('taken', 'x')],
      ['entries', (w) => w.streamAppend('taken', ['x', 'y'])],
    ]
    it.each(everyKind)('for the key holds a string: %s', async (_, write) => {
      await under.keyspaces.putString('taken', 'HYLLO')
      const before = await dump()
      expect(await answerOf({ writes: refusedWith(write) })).toEqual({ answer: 'BADTYPE', detail: 'taken' })
      expect(await dump()).toEqual(before)
      expect(await store.load(['a/0'])).toEqual(new Map([['a/0', 10]]))
    })

    it('for the key of a string holds a set', async () => {
      await under.keyspaces.putSet('taken', 'x')
      const before = await dump()
      expect(await answerOf({ writes: refusedWith((w) => w.stringSet('taken', 'x')) })).toEqual({ answer: 'BADTYPE', detail: 'taken' })
      expect(await dump()).toEqual(before)
    })

    const besides = (w: WriteSet): void => {
      w.hashAdd('taken', 'zero', 3)
      w.hashAdd('taken', 'new', 3)
    }
    const badValues: readonly [string, string, (w: WriteSet) => void][] = [
      ['a counter is a word', 'whale', (w) => w.hashAdd('taken', 'bad', 1)],
      ['a counter is a fraction', '1.5', (w) => w.hashAdd('taken', 'bad', 1)],
      ['a counter is empty', '', (w) => w.hashAdd('taken', 'bad', 1)],
      ['a counter has a sign too many', '+1', (w) => w.hashAdd('taken', 'bad', 1)],
      ['a counter overflows', '9223372036854775807', (w) => w.hashAdd('taken', 'bad', 1)],
      ['a counter underflows', '-9223372036854775808', (w) => w.hashAdd('taken', 'bad', -1)],
      ['a counter is larger than 64 bits', '9223372036854775808', (w) => w.hashAdd('taken', 'bad', -1)],
      ['a maximum is a word', 'whale', (w) => w.hashMax('taken', 'bad', 1)],
      ['a maximum is hexadecimal', '0x10', (w) => w.hashMax('taken', 'bad', 1)],
      ['a minimum is nan', 'nan', (w) => w.hashMin('taken', 'bad', 1)],
    ]
    it.each(badValues)('for %s', async (_, stored, write) => {
      await under.keyspaces.putHash('taken', { bad: stored, zero: '0' })
      const before = await dump()
      const written = refusedWith((w) => {
        besides(w)
        write(w)
      })
      expect(await answerOf({ writes: written })).toEqual({ answer: 'REJECTED', detail: 'taken' })
      expect(await dump()).toEqual(before)
      expect(await store.load(['a/0'])).toEqual(new Map([['a/0', 10]]))
    })
  })
}

function range(from: number, to: number, partition = 'a/0'): { partition: string; from: number; to: number } {
  return { partition, from, to }
}

function fates(partition: string, counted: number, skipped: number, deadLettered: number, gaps: number): PartitionFates {
  return { partition, counted, skipped, deadLettered, gaps }
}

function commitOf(commit: Partial<OpenCommit>): OpenCommit {
  return { owner: 'me', sequence: 1, ranges: [range(10, 12)], writes: new WriteSet(), ...commit }
}

export function writes(fill: (writes: WriteSet) => void): WriteSet {
  const result = new WriteSet()
  fill(result)
  return result
}

function counted(words: Readonly<Record<string, number>>): WriteSet {
  return writes((w) => {
    for (const [word, n] of Object.entries(words)) w.hashAdd('words', word, n)
  })
}

export function allKinds(): WriteSet {
  return writes((w) => {
    w.hashAdd('words', 'whale', 1)
    w.hashAdd('words', 'whale', 2)
    w.hashAdd('words', 'sea', -3)
    w.hashSet('words', 'first', 'Ishmael')
    w.hashSet('words', 'first', 'Ahab')
    w.hashSetOnce('words', 'seen', '1', 'order')
    w.hashMax('words', 'most', 2.5)
    w.hashMin('words', 'least', -1e21)
    w.setAdd('names', 'Ishmael')
    w.setAdd('names', 'Ahab')
    w.sortedSetAdd('top', 'whale', 1)
    w.sortedSetAdd('top', 'whale', 0.5)
    w.hyperLogLogAdd('distinct', 'a')
    w.hyperLogLogAdd('distinct', 'b')
    w.stringSet('last', 'Moby Dick')
    w.expireAt('last', 4_102_444_800_000)
    w.listPush('order', 'a')
    w.listPush('order', 'b')
    w.streamAppend('events', ['kind', 'sighting', 'at', '7'])
    w.streamAppend('events', ['kind', 'end'])
  })
}

/** The bad write between good ones to other keys. */
function refusedWith(bad: (w: WriteSet) => void): WriteSet {
  return writes((w) => {
    w.hashAdd('before', 'x', 1)
    w.setAdd('before set', 'x')
    bad(w)
    w.hashAdd('after', 'x', 1)
    w.hyperLogLogAdd('after elements', 'x')
  })
}
