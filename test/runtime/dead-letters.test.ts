import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryStore } from '../../src/testing/memory-store.ts'
import { seededRandom, TopologyDriver } from '../../src/testing/topology-driver.ts'
import type { BoltCollector, BoltDefinition } from '../../src/topology/bolt.ts'
import type { Component, Topology } from '../../src/topology/topology.ts'
import { feedOf, recount, wordCount } from '../support/topologies-in-memory.ts'

const epochs = { caughtUpMinMs: 1, caughtUpMaxMs: 2, behindMs: 3, maxRecords: 40, maxCells: 200 }

/** Splits lines; a line with the word `torn` fails before it has emitted anything. */
function split(value: string, out: BoltCollector): void {
  const words = value.split(' ')
  if (words.includes('torn')) throw new SyntaxError('torn')
  for (const word of words) out.emit({ word })
}

/** Counting fails for the word `bad`. */
function withPoison(onSplit: Component['options'], onCount: Component['options'], countsInFront: boolean): Topology {
  const topology = wordCount({ mergeable: countsInFront, split, splitOptions: { retries: 1, retryBackoffMs: 1, ...onSplit }, countOptions: { retries: 1, retryBackoffMs: 1, ...onCount } })
  const components = topology.components.map((component): Component => {
    if (component.id !== 'count' || component.kind !== 'bolt') return component
    const { definition } = component
    const createTask: BoltDefinition['createTask'] = (context) => {
      const task = definition.createTask(context)
      return {
        execute(tuple, out) {
          if (tuple['word'] === 'bad') throw new RangeError('bad')
          task.execute(tuple, out)
        },
      }
    }
    return { ...component, definition: { ...definition, createTask } }
  })
  return { ...topology, components }
}

const word = fc.constantFrom('whale', 'sea', 'whale', 'sea', 'ship', 'bad', 'torn')
const lines = fc.array(fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' ')), { maxLength: 60 })
const partitions = fc.array(lines, { minLength: 1, maxLength: 3 })
const runs = { numRuns: Number(process.env['MILLRACE_RUNS'] ?? 40) }
const has = (line: string, word: string) => line.split(' ').includes(word)

/** Names of the records of which `is` holds. */
function records(input: readonly (readonly string[])[], is: (line: string) => boolean): string[] {
  return input.flatMap((lines, partition) => lines.flatMap((line, offset) => (is(line) ? [`lines/${partition}@${offset}`] : []))).sort()
}

function total(store: MemoryStore): { counted: number; skipped: number; deadLettered: number; gaps: number } {
  const sum = { counted: 0, skipped: 0, deadLettered: 0, gaps: 0 }
  for (const { counted, skipped, deadLettered, gaps, from, next } of store.fates('word-count')) {
    expect(counted + skipped + deadLettered + gaps).toBe(next - from)
    sum.counted += counted
    sum.skipped += skipped
    sum.deadLettered += deadLettered
    sum.gaps += gaps
  }
  return sum
}

describe('dead letters', () => {
  it('are whole records: nothing of them is counted, whichever of their tuples fail, and every other record is', async () => {
    await fc.assert(fc.asyncProperty(partitions, fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.nat(), async (input, workers, countsInFront, seed) => {
      const random = seededRandom(seed)
      const driver = await TopologyDriver.start(withPoison({ onError: 'dead-letter' }, { onError: 'dead-letter' }, countsInFront), {
        feeds: { lines: feedOf(input) }, seed, submit: { workers, epochs, maxRestarts: 1000, untilCaughtUp: false },
      })
      for (let faults = 0; faults < 4; faults++) {
        for (let steps = Math.floor(random() * 80); steps > 0; steps--) {
          await driver.step()
          total(driver.store)
        }
        if (random() < 0.6) driver.crashWorker(Math.floor(random() * workers))
        else {
          await driver.until(driver.rebalance(() => random() < 0.5))
          await driver.until(driver.rebalance())
        }
      }
      const isDead = (line: string) => has(line, 'bad') || has(line, 'torn')
      const all = input.flat().length
      await driver.runUntil(() => total(driver.store).counted + total(driver.store).deadLettered === all)
      await driver.until(driver.topology.drain())
      expect(driver.store.hash('words')).toEqual(recount(input.map((lines) => lines.filter((line) => !isDead(line)))))
      const dead = records(input, isDead)
      expect(Array.from(driver.store.deadLettered('word-count')).sort()).toEqual(dead)
      expect(Array.from(new Set(driver.deadLetters.map(({ partition, offset }) => `${partition}@${offset}`))).sort()).toEqual(dead)
      expect(total(driver.store)).toEqual({ counted: all - dead.length, skipped: 0, deadLettered: dead.length, gaps: 0 })
    }), runs)
  })

  it('are the worse fate where another tuple of the record is skipped', async () => {
    await fc.assert(fc.asyncProperty(partitions, fc.integer({ min: 1, max: 2 }), fc.nat(), async (input, workers, seed) => {
      const driver = await TopologyDriver.start(withPoison({ onError: 'dead-letter' }, { onError: 'skip' }, false), { feeds: { lines: feedOf(input) }, seed, submit: { workers, epochs } })
      await driver.run()
      const counted = input.map((lines) => lines.filter((line) => !has(line, 'torn')))
      const expected = new Map(recount(counted))
      expected.delete('bad')
      expect(driver.store.hash('words')).toEqual(expected)
      const [dead, skipped] = [records(input, (line) => has(line, 'torn')), records(input, (line) => has(line, 'bad') && !has(line, 'torn'))]
      expect(total(driver.store)).toEqual({ counted: input.flat().length - dead.length - skipped.length, skipped: skipped.length, deadLettered: dead.length, gaps: 0 })
      expect(driver.metrics().commits).toMatchObject({ records: input.flat().length, skipped: skipped.length, deadLettered: dead.length, gaps: 0 })
    }), runs)
  })

  it('say where the record is from and what went wrong', async () => {
    const driver = await TopologyDriver.start(withPoison({ onError: 'dead-letter' }, {}, true), { feeds: { lines: feedOf([['sea', 'torn sea']]) }, submit: { workers: 1 } })
    await driver.run()
    expect(driver.deadLetters).toMatchObject([{ partition: 'lines/0', offset: 1, component: 'split', errorClass: 'SyntaxError', message: 'torn', attempts: 2, generation: 1, stack: expect.stringContaining('split') as string }])
  })

  it('stop the topology when they are too many, and nothing of that epoch is committed', async () => {
    const input = [Array.from({ length: 200 }, (_, i) => (i < 20 ? 'sea' : 'torn'))]
    const driver = await TopologyDriver.start(withPoison({ onError: 'dead-letter' }, {}, true), { feeds: { lines: feedOf(input) }, submit: { workers: 1, deadLetters: { perMinute: 30 }, epochs } })
    await expect(driver.run()).rejects.toMatchObject({ code: 'MR_TOO_MANY_DEAD_LETTERS', place: { component: 'split', partition: 'lines/0' } })
    expect(total(driver.store).deadLettered).toBeLessThanOrEqual(30)
    expect(driver.deadLetters).toHaveLength(total(driver.store).deadLettered)
  })

  it('are refused where records come from a spout that reads no topic', async () => {
    const { name, components } = withPoison({ onError: 'dead-letter' }, {}, true)
    const own: Topology = { name, components: components.map((component) => (component.kind === 'spout' ? { ...component, definition: { ...component.definition, createTask: () => expect.unreachable() } } : component)) }
    await expect(TopologyDriver.start(own, { feeds: {}, submit: { workers: 1 } })).rejects.toMatchObject({ code: 'MR_TOPOLOGY_INVALID', place: { component: 'split' } })
  })
})
