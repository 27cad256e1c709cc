import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { acquirePositions, type StartPositionsEnvironment } from '../../src/runtime/start-positions.ts'
import { MemoryStore } from '../../src/testing/memory-store.ts'
import type { LogRange, Source } from '../../src/topology/source.ts'

interface Log {
  ranges?: Readonly<Record<string, LogRange>>
  starts?: Readonly<Record<string, number>>
  wished?: Readonly<Record<string, number>>
  mirrored?: Readonly<Record<string, number>>
}

function setUp(log: Log, options: Partial<Pick<StartPositionsEnvironment, 'start' | 'current'>> = {}) {
  const clock = new ManualClock()
  const memory = new MemoryStore()
  const store = memory.connect({ topology: 't', fingerprint: 'f', clock })
  const answer = <T>(of: Readonly<Record<string, T>> | undefined, names: readonly string[]) =>
    Promise.resolve(new Map(names.flatMap((name) => (of?.[name] === undefined ? [] : [[name, of[name]] as const]))))
  const source: Source = {
    open: () => Promise.resolve(),
    partitions: () => Object.keys(log.starts ?? {}),
    ranges: (names) => answer(log.ranges ?? Object.fromEntries(names.map((name) => [name, { earliest: 0, latest: 1000 }])), names),
    startOffsets: (names, fresh) => answer(fresh ? log.starts : Object.fromEntries(names.map((name) => [name, 0])), names),
    wished: (names) => answer(log.wished, names),
    mirror: () => {},
    mirrored: (names) => answer(log.mirrored, names),
    close: () => Promise.resolve(),
  }
  return { clock, store, env: { store, source, clock, log: silentLogger, start: {}, current: () => true, ...options } }
}

describe('the start of an attempt', () => {
  it('begins where the source says when nothing was committed, and writes it down', async () => {
    const { env, store } = setUp({ starts: { 'a/0': 5, 'a/1': 7 } })
    expect(await acquirePositions(env, 'me', ['a/0', 'a/1'], false)).toEqual([{ partition: 'a/0', offset: 5 }, { partition: 'a/1', offset: 7 }])
    expect(await store.load(['a/0'])).toEqual(new Map([['a/0', 5]]))
  })

  it('fixes where the partitions of other processes begin as well, the first time', async () => {
    const { env, store } = setUp({ starts: { 'a/0': 5, 'a/1': 7 } })
    expect(await acquirePositions(env, 'me', ['a/0'], false)).toEqual([{ partition: 'a/0', offset: 5 }])
    expect(await acquirePositions(env, 'other', ['a/1'], true)).toEqual([{ partition: 'a/1', offset: 7 }])
    expect(await store.starts(['a/1'])).toEqual(new Map([['a/1', 7]]))
  })

  it('goes on from the stored position, and begins a partition that was added at its first record', async () => {
    const { env, store } = setUp({ starts: { 'a/0': 99, 'a/1': 99 } })
    await store.deploy([{ partition: 'a/0', offset: 42 }])
    expect(await acquirePositions(env, 'me', ['a/0', 'a/1'], true)).toEqual([{ partition: 'a/0', offset: 42 }, { partition: 'a/1', offset: 0 }])
  })

  it('refuses when the store has forgotten what the group had counted, unless all is to be counted again', async () => {
    const lost = setUp({ mirrored: { 'a/0': 10 }, starts: { 'a/0': 0 } })
    await expect(acquirePositions(lost.env, 'me', ['a/0'], false)).rejects.toMatchObject({ code: 'MR_STATE_MISSING', place: { partition: 'a/0' } })
    const again = setUp({ mirrored: { 'a/0': 10 }, starts: { 'a/0': 0 } }, { start: { from: 'earliest' } })
    expect(await acquirePositions(again.env, 'me', ['a/0'], false)).toEqual([{ partition: 'a/0', offset: 0 }])
  })

  it('does not take for lost what another process begins to count meanwhile', async () => {
    const mirrored: Record<string, number> = {}
    const { env, store } = setUp({ mirrored, starts: { 'a/0': 0, 'a/1': 0 } })
    const racing = {
      ...env,
      store: Object.assign(Object.create(store) as typeof store, {
        load: async (names: readonly string[]) => {
          const before = await store.load(names)
          await store.deploy([{ partition: 'a/0', offset: 14 }])
          mirrored['a/0'] = 14
          return before
        },
        deploy: store.deploy.bind(store),
        acquire: store.acquire.bind(store),
      }),
    }
    expect(await acquirePositions(racing, 'me', ['a/1'], false)).toEqual([{ partition: 'a/1', offset: 0 }])
    expect(await store.load(['a/0'])).toEqual(new Map([['a/0', 14]]))
  })

  it('reads again what a rolled back store has lost', async () => {
    const { env, store } = setUp({ mirrored: { 'a/0': 50 } })
    await store.deploy([{ partition: 'a/0', offset: 30 }])
    expect(await acquirePositions(env, 'me', ['a/0'], true)).toEqual([{ partition: 'a/0', offset: 30 }])
  })

  it.each([
    ['is behind what it had before it was rolled back to, says that', { by: 'rollback', generation: 3, from: new Map([['a/0', 50]]) }, 'info', /^a rollback /],
    ['has lost more than a reset explains, warns of that', { by: 'reset', generation: 3, from: new Map([['a/0', 49]]) }, 'warn', /^the store was rolled back/],
    ['has lost commits, warns of that', undefined, 'warn', /^the store was rolled back/],
  ] as const)('where the store %s', async (_, setBack, level, message) => {
    const lines: unknown[] = []
    const said = (level: string) => (message: string) => void lines.push([level, message])
    const { env, store } = setUp({ mirrored: { 'a/0': 50 } })
    await store.deploy([{ partition: 'a/0', offset: 30 }])
    const log = { ...silentLogger, info: said('info'), warn: said('warn') }
    expect(await acquirePositions({ ...env, log, store: Object.assign(store, { setBack: () => Promise.resolve(setBack) }) }, 'me', ['a/0'], true)).toEqual([{ partition: 'a/0', offset: 30 }])
    expect(lines).toEqual([[level, expect.stringMatching(message)]])
  })

  it('refuses a rewind over results, but not the command that made them', async () => {
    const rewind = setUp({ wished: { 'a/0': 3 } })
    await rewind.store.deploy([{ partition: 'a/0', offset: 30 }])
    await expect(acquirePositions(rewind.env, 'me', ['a/0'], true)).rejects.toMatchObject({ code: 'MR_REWIND_REFUSED', place: { partition: 'a/0', offset: 3 } })
    const same = setUp({ wished: { 'a/0': 30 } })
    await same.store.deploy([{ partition: 'a/0', offset: 30 }])
    expect(await acquirePositions(same.env, 'me', ['a/0'], true)).toEqual([{ partition: 'a/0', offset: 30 }])
  })

  it('refuses a rewind of a partition that another process has', async () => {
    const rewind = setUp({ starts: { 'a/0': 0, 'a/1': 0 }, wished: { 'a/1': 3 } }, { start: { seek: { 'a/1': 3 } } })
    await rewind.store.deploy([{ partition: 'a/0', offset: 0 }, { partition: 'a/1', offset: 30 }])
    await expect(acquirePositions(rewind.env, 'me', ['a/0'], true)).rejects.toMatchObject({ code: 'MR_REWIND_REFUSED', place: { partition: 'a/1', offset: 3 } })
  })

  it('goes on when the same moving start is asked for again', async () => {
    const latest = setUp({ wished: { 'a/0': 90 } }, { start: { from: 'latest' } })
    await latest.store.deploy([{ partition: 'a/0', offset: 30 }])
    expect(await acquirePositions(latest.env, 'me', ['a/0'], true)).toEqual([{ partition: 'a/0', offset: 30 }])
    const earliest = setUp({ wished: { 'a/0': 20 } }, { start: { from: 'earliest' } })
    await earliest.store.deploy([{ partition: 'a/0', offset: 0 }])
    await earliest.store.acquire('me', ['a/0'])
    expect(await acquirePositions(earliest.env, 'me', ['a/0'], true)).toEqual([{ partition: 'a/0', offset: 0 }])
    const rewind = setUp({ wished: { 'a/0': 0 } }, { start: { from: 'earliest' } })
    await rewind.store.deploy([{ partition: 'a/0', offset: 30 }])
    await expect(acquirePositions(rewind.env, 'me', ['a/0'], true)).rejects.toMatchObject({ code: 'MR_REWIND_REFUSED' })
  })

  it('refuses when retention has deleted records that were not counted, with the range there is', async () => {
    const { env, store } = setUp({ ranges: { 'a/0': { earliest: 20, latest: 90 } } })
    await store.deploy([{ partition: 'a/0', offset: 10 }])
    await expect(acquirePositions(env, 'me', ['a/0'], true)).rejects.toMatchObject({ code: 'MR_RECORDS_EXPIRED', message: expect.stringContaining('20 to 90') as string })
  })

  it('refuses a log that ends before the position, after it has looked often enough', async () => {
    const { env, store, clock } = setUp({ ranges: { 'a/0': { earliest: 0, latest: 5 } } })
    await store.deploy([{ partition: 'a/0', offset: 10 }])
    let settled = false
    const acquiring = acquirePositions(env, 'me', ['a/0'], true).finally(() => (settled = true))
    acquiring.catch(() => {})
    while (!settled) {
      await new Promise((resolve) => setImmediate(resolve))
      clock.advance(500)
    }
    await expect(acquiring).rejects.toMatchObject({ code: 'MR_LOG_TRUNCATED' })
    expect(clock.monotonic()).toBeGreaterThanOrEqual(4500)
  })

  it('changes nothing once it was overtaken', async () => {
    const { env, store } = setUp({ starts: { 'a/0': 5 } }, { current: () => false })
    expect(await acquirePositions(env, 'me', ['a/0'], false)).toBeUndefined()
    expect(await store.load(['a/0'])).toEqual(new Map())
  })
})
