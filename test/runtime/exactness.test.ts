import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Grouping } from '../../src/grouping/grouping.ts'
import { seededRandom, TopologyDriver } from '../../src/testing/topology-driver.ts'
import { MemoryStore } from '../../src/testing/memory-store.ts'
import { feedOf, recount, windowCount, wordCount, type BatchTaking } from '../support/topologies-in-memory.ts'

const word = fc.constantFrom('whale', 'sea', '__proto__', 'constructor', '数据流', '🐋', 'e\u0301', 'é', 'x'.repeat(300), '')
const lines = fc.array(fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(' ')), { maxLength: 120 })
const partitions = fc.array(lines, { minLength: 1, maxLength: 5 })

/** Small epochs and many of them, so that faults fall into every stage of one. */
const epochs = { caughtUpMinMs: 1, caughtUpMaxMs: 2, behindMs: 3, maxRecords: 40, maxCells: 200 }

/** Every record below the stored position has one fate, at this moment and for all partitions. */
function expectFatesToAddUp(store: MemoryStore, topology: string): void {
  for (const { partition, counted, skipped, deadLettered, gaps, from, next } of store.fates(topology)) {
    expect({ partition, passed: counted + skipped + deadLettered + gaps }).toEqual({ partition, passed: next - from })
  }
}

const sum = (counts: ReadonlyMap<string, string>) => Array.from(counts.values()).reduce((total, count) => total + Number(count), 0)

/**
 * Ends a run that was crashed at random. Four crashes without a commit between them look like a record that ends its
 * workers, which stops the topology: then another process goes on where it has stopped.
 */
async function goOn(driver: TopologyDriver, again: () => Promise<TopologyDriver>, enough: () => boolean): Promise<void> {
  await driver.runUntil(() => driver.topology.state === 'failed' || enough())
  if (driver.topology.state !== 'failed') return driver.until(driver.topology.drain())
  await expect(driver.until(driver.topology.done)).rejects.toMatchObject({ code: 'MR_WORKER_DIED' })
  const next = await again()
  await next.runUntil(enough)
  await next.until(next.topology.drain())
}

describe('the counts of a topology', () => {
  it('are exact for any input, any number of workers, any interleaving, with and without a hop', async () => {
    await fc.assert(fc.asyncProperty(partitions, fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.nat(), fc.boolean(), async (input, workers, mergeable, seed, inBatches) => {
      const driver = await TopologyDriver.start(wordCount({ mergeable, inBatches }), { feeds: { lines: feedOf(input) }, seed, submit: { workers, epochs } })
      await driver.run()
      expect(driver.store.hash('words')).toEqual(recount(input, { empty: !inBatches }))
      expectFatesToAddUp(driver.store, 'word-count')
      expect(driver.store.fates('word-count').reduce((records, { counted }) => records + counted, 0)).toBe(input.flat().length)
    }), { numRuns: Number(process.env["MILLRACE_RUNS"] ?? 60) })
  })

  it('stay exact when workers crash, partitions move and memberships are lost at any step', async () => {
    await fc.assert(fc.asyncProperty(partitions, fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.nat(), fc.boolean(), async (input, workers, mergeable, seed, inBatches) => {
      const random = seededRandom(seed)
      const store = new MemoryStore()
      const start = () => TopologyDriver.start(wordCount({ mergeable, inBatches }), { feeds: { lines: feedOf(input) }, store, seed, submit: { workers, epochs, maxRestarts: 1000, untilCaughtUp: false } })
      const driver = await start()
      for (let faults = 0; faults < 6 && driver.topology.state !== 'failed'; faults++) {
        for (let steps = Math.floor(random() * 60); steps > 0; steps--) {
          await driver.step()
          expectFatesToAddUp(driver.store, 'word-count')
        }
        const kind = random()
        if (kind < 0.5) driver.crashWorker(Math.floor(random() * workers))
        else if (kind < 0.7) driver.loseMembership()
        else {
          await driver.until(driver.rebalance(() => random() < 0.5))
          for (let steps = Math.floor(random() * 60); steps > 0; steps--) await driver.step()
          await driver.until(driver.rebalance())
        }
      }
      const expected = recount(input, { empty: !inBatches })
      await goOn(driver, start, () => sum(store.hash('words')) >= sum(expected))
      expect(store.hash('words')).toEqual(expected)
    }), { numRuns: Number(process.env["MILLRACE_RUNS"] ?? 60) })
  })

  it('stay exact when batches cross between workers that crash, whichever tasks get them and whatever these do with them', async () => {
    const groupings = fc.constantFrom<Grouping>({ kind: 'fields', fields: ['word'] }, { kind: 'shuffle' }, { kind: 'partial-key', fields: ['word'] }, { kind: 'global' })
    const taking = fc.constantFrom<BatchTaking>('at once', 'later', 'some')
    const tasks = fc.integer({ min: 1, max: 6 })
    await fc.assert(fc.asyncProperty(partitions, fc.integer({ min: 2, max: 3 }), tasks, groupings, taking, fc.nat(), async (input, workers, tasks, grouping, taking, seed) => {
      const random = seededRandom(seed)
      const countOptions = { tasks, maxConcurrency: 1 + Math.floor(random() * 3) }
      const topology = wordCount({ mergeable: false, inBatches: true, groupings: [grouping], taking, countOptions })
      const store = new MemoryStore()
      const start = () => TopologyDriver.start(topology, { feeds: { lines: feedOf(input) }, store, seed, submit: { workers, epochs, maxRestarts: 1000, untilCaughtUp: false } })
      const driver = await start()
      for (let faults = 0; faults < 4 && driver.topology.state !== 'failed'; faults++) {
        for (let steps = Math.floor(random() * 80); steps > 0; steps--) await driver.step()
        if (random() < 0.6) driver.crashWorker(Math.floor(random() * workers))
        else {
          await driver.until(driver.rebalance(() => random() < 0.5))
          for (let steps = Math.floor(random() * 60); steps > 0; steps--) await driver.step()
          await driver.until(driver.rebalance())
        }
      }
      const expected = recount(input, { empty: false })
      await goOn(driver, start, () => sum(store.hash('words')) >= sum(expected))
      expect(store.hash('words')).toEqual(expected)
    }), { numRuns: Number(process.env["MILLRACE_RUNS"] ?? 60) })
  })

  it('are made of whole batches on both sides of a hop, and those of a word by one task', async () => {
    const input = [Array.from({ length: 40 }, (_, i) => `sea whale ${i} ${i % 7} whale`)]
    const counted = new Map<string, Map<number, number>>()
    let batches = 0
    const took = (words: readonly string[], task: number) => {
      batches++
      for (const word of words) {
        const tasks = counted.get(word) ?? new Map<number, number>()
        counted.set(word, tasks.set(task, (tasks.get(task) ?? 0) + 1))
      }
    }
    const driver = await TopologyDriver.start(wordCount({ mergeable: false, inBatches: true, took, countOptions: { tasks: 5 } }), { feeds: { lines: feedOf(input) }, seed: 1, submit: { workers: 2 } })
    await driver.run()
    const expected = recount(input)
    expect(driver.store.hash('words')).toEqual(expected)
    expect(new Map(Array.from(counted, ([word, tasks]) => [word, Array.from(tasks.values(), String).join(' and ')]))).toEqual(expected)
    expect(batches).toBeLessThan(100)
  })

  it('stay exact in windows, whose shares go out at the end of each epoch', async () => {
    const events = fc.array(fc.array(fc.record({ value: word, at: fc.integer({ min: 0, max: 60 }) }), { maxLength: 150 }), { minLength: 1, maxLength: 4 })
    await fc.assert(fc.asyncProperty(events, fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.nat(), async (input, workers, mergeable, seed) => {
      const random = seededRandom(seed)
      const store = new MemoryStore()
      const start = () => TopologyDriver.start(windowCount(mergeable), { feeds: { lines: input }, store, seed, submit: { workers, epochs, maxRestarts: 1000, untilCaughtUp: false } })
      const driver = await start()
      for (let faults = 0; faults < 4 && driver.topology.state !== 'failed'; faults++) {
        for (let steps = Math.floor(random() * 60); steps > 0; steps--) await driver.step()
        if (random() < 0.7) driver.crashWorker(Math.floor(random() * workers))
        else driver.loseMembership()
      }
      const expected = new Map<string, Map<string, number>>()
      for (const { value, at } of input.flat()) {
        const key = `from ${Math.floor(at / 10) * 10}`
        const counts = expected.get(key) ?? new Map<string, number>()
        expected.set(key, counts.set(value, (counts.get(value) ?? 0) + 1))
      }
      const counted = () => new Map(driver.store.keys().map((key) => [key, new Map(Array.from(driver.store.hash(key), ([value, n]) => [value, Number(n)]))]))
      const total = () => Array.from(counted().values()).flatMap((counts) => Array.from(counts.values())).reduce((a, b) => a + b, 0)
      await goOn(driver, start, () => total() >= input.flat().length)
      expect(counted()).toEqual(expected)
    }), { numRuns: Number(process.env["MILLRACE_RUNS"] ?? 60) })
  })

  it('go on where a killed run has stopped', async () => {
    await fc.assert(fc.asyncProperty(partitions, fc.nat(), fc.nat(400), async (input, seed, steps) => {
      const store = new MemoryStore()
      const first = await TopologyDriver.start(wordCount({ mergeable: false }), { feeds: { lines: feedOf(input) }, store, seed, submit: { epochs } })
      for (let i = 0; i < steps && first.topology.state === 'running'; i++) await first.step()
      await first.until(first.topology.kill())
      const second = await TopologyDriver.start(wordCount({ mergeable: false }), { feeds: { lines: feedOf(input) }, store, seed: seed + 1, submit: { epochs } })
      await second.run()
      expect(store.hash('words')).toEqual(recount(input))
    }), { numRuns: Number(process.env["MILLRACE_RUNS"] ?? 40) })
  })
})
