import { describe, expect, it } from 'vitest'
import { TopologyDriver } from '../../src/testing/topology-driver.ts'
import type { BoltCollector } from '../../src/topology/bolt.ts'
import { below, seededRandom } from '../support/data/random.ts'
import { feedOf, recount, windowCount, wordCount } from '../support/topologies-in-memory.ts'

const many = [Array.from({ length: 300 }, (_, i) => `w${i % 11} x`), Array.from({ length: 200 }, (_, i) => `v${i % 3}`)]
const open = { untilCaughtUp: false, epochs: { caughtUpMinMs: 1, caughtUpMaxMs: 2, behindMs: 5, maxRecords: 50 } }

describe('a running topology', () => {
  it('reads nothing while deactivated, and goes on when activated', async () => {
    const driver = await TopologyDriver.start(wordCount({ mergeable: true }), { feeds: { lines: feedOf(many) }, submit: open })
    driver.topology.deactivate()
    expect(driver.topology.state).toBe('deactivated')
    for (let i = 0; i < 500; i++) await driver.step()
    const paused = driver.metrics().commits.records
    for (let i = 0; i < 500; i++) await driver.step()
    expect(driver.metrics().commits.records).toBe(paused)
    driver.topology.activate()
    await driver.runUntil(() => driver.metrics().commits.records === 500)
    expect(driver.store.hash('words')).toEqual(recount(many))
  })

  it('commits all it has read when drained, and goes on from there in the next run', async () => {
    const driver = await TopologyDriver.start(wordCount({ mergeable: true }), { feeds: { lines: feedOf(many) }, submit: open })
    for (let i = 0; i < 60; i++) await driver.step()
    await driver.until(driver.topology.drain())
    expect(driver.topology.state).toBe('stopped')
    const committed = driver.metrics().commits.records
    expect(driver.metrics().components[0]!.received).toBe(committed)
    const next = await TopologyDriver.start(wordCount({ mergeable: true }), { feeds: { lines: feedOf(many) }, store: driver.store })
    await next.run()
    expect(next.metrics().commits.records).toBe(500 - committed)
    expect(next.store.hash('words')).toEqual(recount(many))
  })

  it('fails with MR_DRAIN_TIMEOUT, and commits nothing, when a tuple never settles', async () => {
    const split = (value: string, out: BoltCollector) => {
      out.emit({ word: value })
      return new Promise<void>(() => {})
    }
    const driver = await TopologyDriver.start(wordCount({ mergeable: true, split }), { feeds: { lines: feedOf([['a']]) }, submit: { ...open, drainTimeoutMs: 5000 } })
    for (let i = 0; i < 50; i++) await driver.step()
    await expect(driver.until(driver.topology.drain())).rejects.toMatchObject({ code: 'MR_DRAIN_TIMEOUT' })
    await expect(driver.run()).rejects.toMatchObject({ code: 'MR_DRAIN_TIMEOUT' })
    expect(driver.topology.state).toBe('failed')
    expect(driver.store.keys()).toEqual([])
  })

  it('ends at once when killed, without a commit', async () => {
    const driver = await TopologyDriver.start(wordCount({ mergeable: true }), { feeds: { lines: feedOf(many) }, submit: { ...open, epochs: { caughtUpMinMs: 1e9, caughtUpMaxMs: 1e9, behindMs: 1e9 } } })
    for (let i = 0; i < 60; i++) await driver.step()
    await driver.until(driver.topology.kill())
    await driver.run()
    expect(driver.topology.state).toBe('stopped')
    expect(driver.store.hash('words')).toEqual(new Map())
  })

  it('counts in its metrics what every component did', async () => {
    const driver = await TopologyDriver.start(wordCount({ mergeable: false }), { feeds: { lines: feedOf(many) } })
    await driver.run()
    expect(driver.metrics()).toMatchObject({
      topology: 'word-count',
      state: 'stopped',
      components: [
        { component: 'lines', kind: 'spout', tasks: 2, received: 500, emitted: 500, failed: 0, lag: 0 },
        { component: 'split', kind: 'bolt', tasks: 2, received: 500, emitted: 800 },
        { component: 'count', kind: 'bolt', tasks: 2, received: 800, emitted: 0, queue: 0 },
      ],
      commits: { records: 500, duplicates: 0, mismatches: 0, fenced: 0, aborts: 0 },
    })
  })

  it('learns what its workers have done as often as it was told to', async () => {
    const driver = await TopologyDriver.start(wordCount({ mergeable: true }), { feeds: { lines: feedOf(many) }, submit: { ...open, metricsEveryMs: 10 } })
    await driver.runUntil(() => driver.metrics().components[0]!.received === 500)
    expect(driver.metrics().uptimeMs).toBeLessThan(1000)
  })

  it('delivers a stream once for each subscription of a component, each by its own grouping', async () => {
    const driver = await TopologyDriver.start(wordCount({ mergeable: false, groupings: [{ kind: 'all' }, { kind: 'global' }] }), { feeds: { lines: feedOf([['a', 'b']]) } })
    await driver.run()
    // Two tasks get it by `all`, one of them again by `global`.
    expect(driver.store.hash('words')).toEqual(new Map([['a', '3'], ['b', '3']]))
  })

  it('blames a grouping that throws on the component that emits by it', async () => {
    const grouping = { kind: 'custom' as const, create: () => ({ chooseTasks: () => { throw new TypeError('no idea') } }) }
    const driver = await TopologyDriver.start(wordCount({ mergeable: false, groupings: [grouping] }), { feeds: { lines: feedOf([['a']]) } })
    await expect(driver.run()).rejects.toMatchObject({ message: 'no idea', place: { component: 'split', partition: 'lines/0', offset: 0 } })
    expect(driver.store.keys()).toEqual([])
  })

  it('blames a tuple that does not fit its stream on the component that emits it', async () => {
    const split = (value: string, out: BoltCollector) => out.emit({ word: value.length })
    const driver = await TopologyDriver.start(wordCount({ mergeable: false, split, groupings: [{ kind: 'all' }] }), { feeds: { lines: feedOf([['a']]) } })
    await expect(driver.run()).rejects.toMatchObject({ code: 'MR_EMIT_INVALID', place: { component: 'split' } })
  })

  it('ends epochs early when their results grow large', async () => {
    const values = [Array.from({ length: 3000 }, (_, i) => `${i}`.padEnd(1000, '.'))]
    const driver = await TopologyDriver.start(wordCount({ mergeable: true }), { feeds: { lines: feedOf(values) }, submit: { workers: 1, epochs: { maxBytes: 10_000, behindMs: 1e6, caughtUpMinMs: 1e6, caughtUpMaxMs: 1e6 } } })
    await driver.run()
    expect(driver.store.hash('words')).toEqual(recount(values))
    expect(driver.metrics().commits.epochs).toBeGreaterThan(3)
  })

  it('ends epochs early when a bolt gathers much for their ends', async () => {
    const feeds = { lines: [Array.from({ length: 20_000 }, (_, i) => ({ value: 'x', at: 10 * i }))] }
    const driver = await TopologyDriver.start(windowCount(true), { feeds, submit: { workers: 1, epochs: { maxCells: 100, behindMs: 1e6, caughtUpMinMs: 1e6, caughtUpMaxMs: 1e6 } } })
    await driver.run()
    expect(driver.store.hash('from 199990')).toEqual(new Map([['x', '1']]))
    expect(driver.metrics().commits.epochs).toBeGreaterThan(3)
  })

  it('finds out while behind that longer epochs write less, unless it may not hold the store up', async () => {
    const random = seededRandom(1)
    const values = [Array.from({ length: 22_000 }, () => Array.from({ length: 10 }, () => `w${below(random, 20_000)}`).join(' '))]
    const cells: number[] = []
    for (const behindStallMs of [1, 300]) {
      const epochs = { storeStallMs: 1, behindStallMs, behindMs: 1e6, caughtUpMinMs: 1, caughtUpMaxMs: 1 }
      const driver = await TopologyDriver.start(wordCount({ mergeable: true }), { feeds: { lines: feedOf(values) }, submit: { workers: 1, epochs } })
      await driver.run()
      expect(driver.store.hash('words')).toEqual(recount(values))
      cells.push(driver.metrics().commits.cells)
    }
    expect(cells[1]).toBeLessThan(0.8 * cells[0]!)
  })

  it('commits while a bolt behind the hop is slower than its spouts, and drains in a moment', async () => {
    let driver: TopologyDriver | undefined
    const long = [Array.from({ length: 3000 }, (_, i) => `w${i % 7} x`), Array.from({ length: 3000 }, (_, i) => `v${i % 7}`)]
    // Each word costs 20 ms of virtual time.
    const topology = wordCount({ mergeable: false, groupings: [{ kind: 'global' }], slow: () => driver?.clock.pass(20) })
    driver = await TopologyDriver.start(topology, { feeds: { lines: feedOf(long) }, submit: { untilCaughtUp: false } })
    const clock = driver.clock
    await driver.runUntil(() => clock.monotonic() > 60_000)
    expect(driver.metrics().commits.epochs).toBeGreaterThan(3)
    const before = clock.monotonic()
    await driver.until(driver.topology.drain())
    expect(clock.monotonic() - before).toBeLessThan(25_000)
    expect(driver.topology.state).toBe('stopped')
  })

  it('stalls its spouts while a bolt cannot keep up, so that what waits stays bounded', async () => {
    const release: (() => void)[] = []
    const split = (value: string, out: BoltCollector) => new Promise<void>((resolve) => release.push(() => {
      out.emit({ word: value })
      resolve()
    }))
    const long = [Array.from({ length: 5000 }, (_, i) => `w${i % 11}`)]
    const driver = await TopologyDriver.start(wordCount({ mergeable: true, split, splitOptions: { maxConcurrency: 2 } }), { feeds: { lines: feedOf(long) }, submit: { ...open, workers: 1 } })
    for (let i = 0; i < 2000; i++) await driver.step()
    expect(release.length).toBe(2)
    const { queue } = driver.metrics().components[1]!
    expect(queue).toBeGreaterThan(0)
    expect(queue).toBeLessThan(200)
    await driver.runUntil(() => {
      for (const settle of release.splice(0)) settle()
      return driver.metrics().commits.records === 5000
    })
    expect(driver.store.hash('words')).toEqual(recount(long))
  })
})
