import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TopologyDriver } from '../../src/testing/topology-driver.ts'
import type { BoltDefinition } from '../../src/topology/bolt.ts'
import type { Component, ErrorPolicy, Topology } from '../../src/topology/topology.ts'
import { feedOf, recount, wordCount } from '../support/topologies-in-memory.ts'

const epochs = { caughtUpMinMs: 1, caughtUpMaxMs: 2, behindMs: 3, maxRecords: 40, maxCells: 200 }

/** Ends the worker of whoever splits a line with the word `killer`. */
function withKillers(onError: ErrorPolicy, end: (worker: number) => void): Topology {
  const topology = wordCount({ mergeable: false })
  const components = topology.components.map((component): Component => {
    if (component.kind === 'spout') return { ...component, options: { onError } }
    if (component.id !== 'split') return component
    const { definition } = component
    const createTask: BoltDefinition['createTask'] = (context) => {
      const task = definition.createTask(context)
      return {
        execute(tuple, out) {
          if (String(tuple['value']).split(' ').includes('killer')) end(context.worker)
          else task.execute(tuple, out)
        },
      }
    }
    return { ...component, definition: { ...definition, createTask } }
  })
  return { ...topology, components }
}

const lines = fc.array(fc.constantFrom('whale', 'sea ship', 'whale sea', 'ship', 'sea'), { maxLength: 150 })
const isKiller = (line: string) => line.includes('killer')

describe('a record that kills its worker', () => {
  it.each(['dead-letter', 'skip'] as const)('is found, gets the fate its spout says (%s), and all others are counted, with fewer restarts allowed than the search takes', async (policy) => {
    await fc.assert(fc.asyncProperty(fc.array(lines, { minLength: 1, maxLength: 3 }), fc.array(fc.tuple(fc.nat(2), fc.nat(149)), { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 2 }), fc.nat(), async (innocent, killers, workers, seed) => {
      const input: string[][] = innocent.map((lines) => [...lines])
      for (const [partition, at] of killers) input[partition % input.length]!.splice(at, 0, 'sea killer')
      let driver: TopologyDriver | undefined
      driver = await TopologyDriver.start(withKillers(policy, (worker) => driver!.crashWorker(worker)), { feeds: { lines: feedOf(input) }, seed, submit: { workers, epochs, maxRestarts: 4 } })
      await driver.run()
      expect(driver.store.hash('words')).toEqual(recount(input.map((lines) => lines.filter((line) => !isKiller(line)))))
      const found = input.flatMap((lines, partition) => lines.flatMap((line, offset) => (isKiller(line) ? [`lines/${partition}@${offset}`] : [])))
      const { records, skipped, deadLettered } = driver.metrics().commits
      expect({ records, skipped, deadLettered }).toEqual({ records: input.flat().length, skipped: policy === 'skip' ? found.length : 0, deadLettered: policy === 'skip' ? 0 : found.length })
      for (const { counted, skipped, deadLettered, gaps, from, next } of driver.store.fates('word-count')) expect(counted + skipped + deadLettered + gaps).toBe(next - from)
      expect(Array.from(driver.store.deadLettered('word-count')).sort()).toEqual(policy === 'skip' ? [] : found.sort())
      expect(driver.deadLetters.every(({ component, errorClass }) => component === 'lines' && errorClass === 'MR_WORKER_DIED')).toBe(true)
    }), { numRuns: Number(process.env['MILLRACE_RUNS'] ?? 20) })
  })

  it('stops the topology with its place when that is the policy', async () => {
    const input = [Array.from({ length: 100 }, (_, i) => (i === 63 ? 'killer' : 'sea'))]
    let driver: TopologyDriver | undefined
    driver = await TopologyDriver.start(withKillers('stop', (worker) => driver!.crashWorker(worker)), { feeds: { lines: feedOf(input) }, submit: { workers: 2, epochs, maxRestarts: 4 } })
    await expect(driver.run()).rejects.toMatchObject({ code: 'MR_WORKER_DIED', place: { component: 'lines', partition: 'lines/0', offset: 63 } })
    expect(driver.store.hash('words')).toEqual(new Map([['sea', '63']]))
  })

  it('is not to blame when every record kills', async () => {
    let driver: TopologyDriver | undefined
    driver = await TopologyDriver.start(withKillers('dead-letter', (worker) => driver!.crashWorker(worker)), { feeds: { lines: feedOf([Array.from({ length: 50 }, () => 'killer')]) }, submit: { workers: 1, epochs } })
    await expect(driver.run()).rejects.toMatchObject({ code: 'MR_WORKER_DIED', place: { partition: 'lines/0', offset: 3 } })
    expect(driver.store.deadLettered('word-count').size).toBe(3)
  })
})
