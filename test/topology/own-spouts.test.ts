import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { redisCounter } from '../../src/redis/sinks/redis-counter.ts'
import { TopologyDriver } from '../../src/testing/topology-driver.ts'
import { defineTopology } from '../../src/topology/define-topology.ts'
import { spout, type SpoutOutputCollector } from '../../src/topology/spout-definition.ts'
import type { TaskContext } from '../../src/topology/context.ts'

const perTask = 60

class Numbers {
  #n = 0
  #index = 0
  open(context: TaskContext): void {
    this.#index = context.index
  }
  seek(offset: number): void {
    this.#n = offset
  }
  nextTuple(out: SpoutOutputCollector<{ n: 'string' }>): void {
    if (this.#n === perTask) return
    out.emit({ n: `${this.#index}/${this.#n}` })
    out.emit({ n: `${this.#index}/${this.#n++}` })
  }
}

const spouts = {
  generator: spout({ n: 'string' }, function* (context, from) {
    for (let n = from; n < perTask; n++) {
      if (n % 7 === 3) yield undefined
      yield { n: `${context.index}/${n}` }
    }
  }),
  'asynchronous generator': spout({ n: 'string' }, async function* (context, from) {
    for (let n = from; n < perTask; n++) yield await Promise.resolve({ n: `${context.index}/${n}` })
  }),
  class: spout({ n: 'string' }, Numbers),
}

test.each([['generator', 1], ['asynchronous generator', 1], ['class', 2]] as const)('a spout from a %s is counted exactly, however often workers crash', async (kind, each) => {
  const topology = defineTopology('own', (builder) => {
    builder.setBolt('count', redisCounter({ key: 'seen', field: 'n' })).fieldsGrouping(builder.setSpout('numbers', spouts[kind], { parallelism: 2 }), 'n')
  })
  const expected = new Map([0, 1].flatMap((index) => Array.from({ length: perTask }, (_, n) => [`${index}/${n}`, String(each)] as const)))
  // A fourth without a commit between them would look like a record that ends its workers.
  await fc.assert(fc.asyncProperty(fc.nat(), fc.array(fc.nat(80), { maxLength: 3 }), async (seed, pauses) => {
    const driver = await TopologyDriver.start(topology, { feeds: {}, seed, submit: { maxRestarts: 100, untilCaughtUp: false, epochs: { caughtUpMinMs: 1, caughtUpMaxMs: 2, behindMs: 3, maxRecords: 20, maxCells: 200 } } })
    for (const [i, steps] of pauses.entries()) {
      for (let n = 0; n < steps; n++) await driver.step()
      driver.crashWorker(i % 2)
    }
    await driver.runUntil(() => driver.store.hash('seen').size === expected.size)
    await driver.until(driver.topology.drain())
    expect(driver.store.hash('seen')).toEqual(expected)
  }), { numRuns: 25 })
})

test.each(['generator', 'asynchronous generator', 'class'] as const)('a run until caught up ends when a spout from a %s has no more', async (kind) => {
  const topology = defineTopology('own', (builder) => {
    builder.setBolt('count', redisCounter({ key: 'seen', field: 'n' })).fieldsGrouping(builder.setSpout('numbers', spouts[kind], { parallelism: 1 }), 'n')
  })
  const driver = await TopologyDriver.start(topology, { feeds: {} })
  await driver.run()
  expect(driver.topology.state).toBe('stopped')
  if (kind !== 'generator') expect(driver.store.hash('seen').size).toBe(perTask)
})
