import { describe, expect, it } from 'vitest'
import { MemoryStore } from '../../src/testing/memory-store.ts'
import { TopologyDriver } from '../../src/testing/topology-driver.ts'
import { feedOf, recount, wordCount } from '../support/topologies-in-memory.ts'

const input = [Array.from({ length: 3_000 }, (_, i) => `sea ${i % 5}`)]
const expected = recount(input)

/** A topology that counts them in many small epochs, and is not done. */
async function counting(store: MemoryStore): Promise<TopologyDriver> {
  const submit = { untilCaughtUp: false, epochs: { caughtUpMinMs: 1, caughtUpMaxMs: 1, behindMs: 1, maxRecords: 4 } }
  const driver = await TopologyDriver.start(wordCount({ mergeable: false }), { feeds: { lines: feedOf(input) }, store, submit })
  await driver.runUntil(() => store.hash('words').size > 0)
  return driver
}

describe('a store that was rolled back', () => {
  it('is counted up to the end again, though no record comes after it', async () => {
    const store = new MemoryStore()
    const driver = await counting(store)
    const rollBack = store.keep()
    const whole = () => store.hash('words').get('sea') === expected.get('sea')
    await driver.runUntil(whole)
    rollBack()
    expect(whole()).toBe(false)
    const from = driver.clock.monotonic()
    await driver.runUntil(whole)
    expect(driver.clock.monotonic() - from).toBeLessThan(11_000)
    expect(driver.metrics().commits.mismatches).toBe(1)
    await driver.until(driver.topology.drain())
    expect(store.hash('words')).toEqual(expected)
  })

  it('is not taken for one while nothing happens', async () => {
    const store = new MemoryStore()
    const driver = await counting(store)
    const until = driver.clock.monotonic() + 60_000
    await driver.runUntil(() => driver.clock.monotonic() > until)
    expect(driver.metrics().commits).toMatchObject({ mismatches: 0, aborts: 0 })
    await driver.until(driver.topology.drain())
  })
})
