import { expect, test } from 'vitest'
import { bolt } from '../../src/topology/bolt-definition.ts'
import { defineTopology } from '../../src/topology/define-topology.ts'
import { kafkaSpout } from '../../src/kafka/kafka-spout.ts'
import { redisCounter } from '../../src/redis/sinks/redis-counter.ts'
import { TopologyDriver } from '../../src/testing/topology-driver.ts'

test.each([[1_000_000, 5, 5], [10, 6, 64]])('of tuples of %s bytes an asynchronous bolt holds %s to %s in calls', async (size, least, most) => {
  const count = 200
  let calls = 0
  let mostCalls = 0
  const slow = bolt({ first: 'string' }, async (tuple: { value: string }, out) => {
    mostCalls = Math.max(mostCalls, ++calls)
    for (let i = 0; i < 3; i++) await Promise.resolve()
    calls--
    out.emit({ first: tuple.value.charAt(0) })
  })
  const topology = defineTopology('slow', (builder) => {
    const lines = builder.setSpout('lines', kafkaSpout({ topic: 'lines', value: 'utf8' }))
    const firsts = builder.setBolt('slow', slow).shuffleGrouping(lines)
    builder.setBolt('count', redisCounter({ key: 'firsts', field: 'first' })).fieldsGrouping(firsts, 'first')
  })
  const value = 'v'.repeat(size)
  const driver = await TopologyDriver.start(topology, { feeds: { lines: [Array.from({ length: count }, () => ({ value }))] }, submit: { workers: 1 } })
  await driver.run()
  expect(driver.store.hash('firsts')).toEqual(new Map([['v', String(count)]]))
  expect(mostCalls).toBeGreaterThanOrEqual(least)
  expect(mostCalls).toBeLessThanOrEqual(most)
})
