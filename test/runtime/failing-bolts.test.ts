import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../src/errors.ts'
import { TopologyDriver } from '../../src/testing/topology-driver.ts'
import { feedOf, recount, windowCount, wordCount } from '../support/topologies-in-memory.ts'
import type { BoltCollector, BoltTask } from '../../src/topology/bolt.ts'
import type { Component, Topology } from '../../src/topology/topology.ts'

const input = [['a b', 'bad c', 'd e'], ['a', 'f']]

function splitThatFails(times: number) {
  let failures = 0
  return (value: string, out: BoltCollector) => {
    for (const word of value.split(' ')) {
      out.emit({ word })
      if (value.startsWith('bad') && failures < times) {
        failures++
        throw new TypeError('no such luck')
      }
    }
  }
}

/** Windows, added up by a bolt of one's own. */
function adding(executeBatch: NonNullable<BoltTask['executeBatch']>, execute: BoltTask['execute'] = () => expect.unreachable()): Topology {
  const { components, name } = windowCount(true)
  const add = (component: Component) => component.id !== 'add' || component.kind !== 'bolt' ? component : {
    ...component,
    definition: { ...component.definition, createTask: () => ({ execute, executeBatch }) },
  }
  return { name, components: components.map(add) }
}

describe('a bolt that throws', () => {
  it('gives the epoch up when a batch contradicts other results half way through, for its rows would count twice', async () => {
    const topology = adding((_batch, out) => {
      out.writes.hashAdd('from', 'x', 1)
      throw new MillraceError('MR_RESULTS_CONFLICT', 'written in two ways')
    })
    const feeds = { lines: [[{ value: 'a', at: 1 }]] }
    const driver = await TopologyDriver.start(topology, { feeds, submit: { workers: 1 } })
    await expect(driver.run()).rejects.toMatchObject({ code: 'MR_RESULTS_CONFLICT', place: { component: 'add' } })
    expect(driver.store.hash('from')).toEqual(new Map())
  })

  it.each([undefined, 7, Promise.resolve(undefined)])('stops the topology when executeBatch answers %s, for nobody knows what was done', async (answer) => {
    const topology = adding((_batch, out) => {
      out.writes.hashAdd('from', 'x', 1)
      return answer as unknown as boolean
    })
    const driver = await TopologyDriver.start(topology, { feeds: { lines: [[{ value: 'a', at: 1 }]] }, submit: { workers: 1 } })
    await expect(driver.run()).rejects.toMatchObject({ code: 'MR_BOLT_FAILED', message: expect.stringContaining('executeBatch') as string, place: { component: 'add' } })
    expect(driver.store.hash('from')).toEqual(new Map())
  })

  it.each([
    ['throws', () => { throw new TypeError('no such luck') }],
    ['rejects', () => Promise.reject(new TypeError('no such luck'))],
  ])('is given the rows one by one when executeBatch %s, and the log says so once', async (_how, executeBatch) => {
    const warnings: unknown[] = []
    const log = { debug() {}, info() {}, error() {}, warn: (message: string, fields: unknown) => warnings.push([message, fields]), child: () => log }
    const feeds = { lines: [Array.from({ length: 10_000 }, (_, at) => ({ value: at % 2 === 0 ? 'a' : 'b', at }))] }
    const topology = adding(executeBatch, (tuple, out) => out.writes.hashAdd('from', String(tuple['value']), Number(tuple['count'])))
    const driver = await TopologyDriver.start(topology, { feeds, log, submit: { workers: 1, epochs: { maxRecords: 10, caughtUpMinMs: 1, caughtUpMaxMs: 2, behindMs: 3 } } })
    await driver.run()
    expect(driver.store.hash('from')).toEqual(new Map([['a', '5000'], ['b', '5000']]))
    expect(driver.metrics().commits.epochs).toBeGreaterThan(2)
    expect(warnings).toEqual([[expect.stringContaining('one by one'), { component: 'add', task: expect.any(Number) as number, error: 'no such luck' }]])
  })

  it('is tried again in place, without counting what it had emitted before it threw', async () => {
    const driver = await TopologyDriver.start(wordCount({ mergeable: true, split: splitThatFails(3) }), { feeds: { lines: feedOf(input) }, submit: { workers: 1 } })
    await driver.run()
    expect(driver.store.hash('words')).toEqual(recount(input))
    expect(driver.metrics().components[1]).toMatchObject({ component: 'split', received: 5, failed: 3, skipped: 0 })
  })

  it('stops the topology with the place and the cause once its retries are used up, and nothing of the epoch is written', async () => {
    const driver = await TopologyDriver.start(wordCount({ mergeable: true, split: splitThatFails(99) }), { feeds: { lines: feedOf(input) }, submit: { workers: 1 } })
    await expect(driver.run()).rejects.toMatchObject({
      code: 'MR_BOLT_FAILED',
      message: 'no such luck',
      place: { topology: 'word-count', component: 'split', partition: 'lines/0', offset: 1 },
    })
    expect(driver.topology.state).toBe('failed')
    expect(driver.store.hash('words')).toEqual(new Map())
  })

  it('loses only the tuple that fails when its policy is skip, and counts it', async () => {
    const driver = await TopologyDriver.start(wordCount({ mergeable: true, split: splitThatFails(99), splitOptions: { onError: 'skip', retries: 1 } }), {
      feeds: { lines: feedOf(input) }, submit: { workers: 1 },
    })
    await driver.run()
    expect(driver.store.hash('words')).toEqual(recount([['a b', 'd e'], ['a', 'f']]))
    expect(driver.metrics().components[1]).toMatchObject({ failed: 2, skipped: 1 })
  })

  it('keeps the order of the tuples behind the one it tries again', async () => {
    const order: string[] = []
    let failed = false
    const split = (value: string, out: BoltCollector) => {
      if (value === '1' && !failed) {
        failed = true
        throw new TypeError('once')
      }
      order.push(value)
      out.emit({ word: value })
    }
    const driver = await TopologyDriver.start(wordCount({ mergeable: true, split }), { feeds: { lines: feedOf([['0', '1', '2', '3']]) }, submit: { workers: 1 } })
    await driver.run()
    expect(order).toEqual(['0', '1', '2', '3'])
  })
})

describe('an async bolt', () => {
  it('runs no more calls at once than it may, and its epoch waits for all of them', async () => {
    let running = 0
    let most = 0
    const split = async (value: string, out: BoltCollector) => {
      most = Math.max(most, ++running)
      for (let i = 0; i < 5; i++) await Promise.resolve()
      running--
      for (const word of value.split(' ')) out.emit({ word })
    }
    const many = [Array.from({ length: 500 }, (_, i) => `w${i % 7} x`)]
    const driver = await TopologyDriver.start(wordCount({ mergeable: false, split, splitOptions: { maxConcurrency: 4 } }), {
      feeds: { lines: feedOf(many) }, submit: { workers: 1, epochs: { caughtUpMinMs: 1, behindMs: 2, maxRecords: 30 } },
    })
    await driver.run()
    expect(driver.store.hash('words')).toEqual(recount(many))
    expect(most).toBe(4)
  })

  it('is tried again when it rejects', async () => {
    let rejected = 0
    const split = async (value: string, out: BoltCollector) => {
      out.emit({ word: value })
      await Promise.resolve()
      if (value === 'a' && rejected++ < 2) throw new TypeError('later')
    }
    const driver = await TopologyDriver.start(wordCount({ mergeable: true, split }), { feeds: { lines: feedOf([['a', 'b']]) }, submit: { workers: 1 } })
    await driver.run()
    expect(driver.store.hash('words')).toEqual(recount([['a', 'b']]))
  })

  it('cannot emit after its promise has resolved', async () => {
    let late: BoltCollector | undefined
    const split = (value: string, out: BoltCollector) => {
      if (late !== undefined) late.emit({ word: 'late' })
      late = out
      out.emit({ word: value })
      return Promise.resolve()
    }
    const driver = await TopologyDriver.start(wordCount({ mergeable: true, split, splitOptions: { retries: 0, maxConcurrency: 1 } }), { feeds: { lines: feedOf([['a', 'b']]) }, submit: { workers: 1 } })
    await expect(driver.run()).rejects.toMatchObject({ code: 'MR_EMIT_INVALID' })
  })
})
