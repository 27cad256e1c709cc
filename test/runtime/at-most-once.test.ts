import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryStore } from '../../src/testing/memory-store.ts'
import { seededRandom, TopologyDriver } from '../../src/testing/topology-driver.ts'
import type { AddAnswer, Commit, CommitStore } from '../../src/topology/commit-store.ts'
import type { ConnectorContext } from '../../src/topology/connector.ts'
import { feedOf, recount, wordCount } from '../support/topologies-in-memory.ts'

/**
 * A store behind a slow network: each call and each answer is on its way for a while, in their order,
 * and of additions a share is lost, on the way there or back.
 */
class FarStore extends MemoryStore {
  readonly #random: () => number
  readonly #lossShare: number
  /** Where each partition stands. */
  readonly positions = new Map<string, number>()

  constructor(seed: number, lossShare: number) {
    super()
    this.#random = seededRandom(seed)
    this.#lossShare = lossShare
  }

  override connect(context: Pick<ConnectorContext, 'topology' | 'fingerprint' | 'clock'>): CommitStore {
    const store = super.connect(context)
    const travel = (earlier: Promise<void>): Promise<void> => {
      const ms = Math.floor(this.#random() * 8)
      return Promise.all([earlier, new Promise<void>((resolve) => context.clock.setTimer(ms, resolve))]).then(() => {})
    }
    let there = Promise.resolve()
    let back = Promise.resolve()
    const far = async <T>(call: () => Promise<T>): Promise<T> => {
      await (there = travel(there))
      const answer = await call()
      await (back = travel(back))
      return answer
    }
    return {
      open: () => store.open(),
      load: (partitions) => store.load(partitions),
      starts: (partitions) => store.starts(partitions),
      deploy: (positions) => store.deploy(positions),
      acquire: (owner, partitions) => far(() => store.acquire(owner, partitions)),
      commit: (commit: Commit) => far(async () => {
        const answer = await store.commit(commit)
        if (answer.answer === 'OK') for (const { partition, to } of commit.ranges) this.positions.set(partition, to)
        return answer
      }),
      addOnce: (add) => far<AddAnswer>(async () => {
        const [lost, arrived] = [this.#random() < this.#lossShare, this.#random() < 0.5]
        const answer = lost && !arrived ? undefined : await store.addOnce(add)
        return answer === undefined || lost ? { answer: 'LOST', detail: 'the connection was lost' } : answer
      }),
      fates: () => store.fates(),
      close: () => store.close(),
    }
  }

  atEnd(partitions: readonly (readonly string[])[]): boolean {
    return partitions.every(({ length }, i) => (this.positions.get(`lines/${i}`) ?? 0) === length)
  }
}

const word = fc.constantFrom('whale', 'sea', '数据流', 'x'.repeat(300))
const lines = fc.array(fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(' ')), { maxLength: 120 })
const partitions = fc.array(lines, { minLength: 1, maxLength: 5 })
/** Small epochs and many of them, so that faults fall into every stage of one. */
const submit = { guarantee: 'at-most-once', epochs: { caughtUpMinMs: 1, caughtUpMaxMs: 2, behindMs: 3, maxRecords: 40 } } as const
const runs = { numRuns: Number(process.env['MILLRACE_RUNS'] ?? 60) }

function expectNoMore(found: ReadonlyMap<string, string>, expected: ReadonlyMap<string, string>): void {
  const above = Array.from(found).filter(([key, count]) => Number(count) > Number(expected.get(key) ?? 0))
  expect(above).toEqual([])
}

describe('counts that are made at most once', () => {
  it('are exact as long as nothing breaks, through rebalances too', async () => {
    await fc.assert(fc.asyncProperty(partitions, fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.nat(), async (input, workers, mergeable, seed) => {
      const random = seededRandom(seed)
      const store = new FarStore(seed, 0)
      const driver = await TopologyDriver.start(wordCount({ mergeable }), { feeds: { lines: feedOf(input) }, store, seed, submit: { ...submit, workers, untilCaughtUp: false } })
      for (let moves = 0; moves < 3; moves++) {
        for (let steps = Math.floor(random() * 80); steps > 0; steps--) await driver.step()
        await driver.until(driver.rebalance(() => random() < 0.5))
        for (let steps = Math.floor(random() * 80); steps > 0; steps--) await driver.step()
        await driver.until(driver.rebalance())
      }
      await driver.runUntil(() => store.atEnd(input))
      await driver.until(driver.topology.drain())
      expect(store.hash('words')).toEqual(recount(input))
    }), runs)
  })

  it('are exact at the end of a run that has caught up', async () => {
    await fc.assert(fc.asyncProperty(partitions, fc.nat(), async (input, seed) => {
      const store = new FarStore(seed, 0)
      const driver = await TopologyDriver.start(wordCount({ mergeable: false }), { feeds: { lines: feedOf(input) }, store, seed, submit })
      await driver.run()
      expect(store.hash('words')).toEqual(recount(input))
    }), runs)
  })

  it('are never too high, whatever crashes, moves or is lost at any step', async () => {
    await fc.assert(fc.asyncProperty(partitions, fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.nat(), async (input, workers, mergeable, seed) => {
      const random = seededRandom(seed)
      const store = new FarStore(seed, 0.2)
      const driver = await TopologyDriver.start(wordCount({ mergeable }), { feeds: { lines: feedOf(input) }, store, seed, submit: { ...submit, workers, maxRestarts: 1000, untilCaughtUp: false } })
      for (let faults = 0; faults < 6; faults++) {
        for (let steps = Math.floor(random() * 60); steps > 0; steps--) await driver.step()
        const kind = random()
        if (kind < 0.5) driver.crashWorker(Math.floor(random() * workers))
        else if (kind < 0.7) driver.loseMembership()
        else await driver.until(driver.rebalance())
      }
      await driver.runUntil(() => store.atEnd(input))
      await driver.until(driver.topology.drain())
      expectNoMore(store.hash('words'), recount(input))
    }), runs)
  })

  it('are never too high after a kill at any step, also when what was under way arrives late', async () => {
    let missing = 0
    await fc.assert(fc.asyncProperty(partitions, fc.nat(), fc.nat(400), async (input, seed, steps) => {
      const store = new FarStore(seed, 0)
      const start = (seed: number) => TopologyDriver.start(wordCount({ mergeable: false }), { feeds: { lines: feedOf(input) }, store, seed, submit })
      const first = await start(seed)
      for (let i = 0; i < steps && first.topology.state === 'running'; i++) await first.step()
      await first.until(first.topology.kill())
      const second = await start(seed + 1)
      for (let i = 0; i < seed % 200 && second.topology.state === 'running'; i++) await second.step()
      // Half of the dead process's calls arrive now, the others never.
      if (seed % 2 === 0) while (await first.step());
      await second.run()
      expectNoMore(store.hash('words'), recount(input))
      if (Array.from(recount(input)).some(([key, count]) => store.hash('words').get(key) !== count)) missing++
    }), { numRuns: Math.max(60, runs.numRuns) })
    // Else no kill has fallen between the positions and the results.
    expect(missing).toBeGreaterThan(0)
  })

  it('miss what was added without an answer, and the log says so', async () => {
    const warnings: unknown[] = []
    const log = { debug() {}, info() {}, error() {}, warn: (message: string, fields: unknown) => warnings.push([message, fields]), child: () => log }
    const store = new FarStore(1, 1)
    const input = [['a b', 'a']]
    const driver = await TopologyDriver.start(wordCount({ mergeable: true }), { feeds: { lines: feedOf(input) }, store, seed: 1, log, submit: { guarantee: 'at-most-once', workers: 1 } })
    await driver.run()
    expect(store.atEnd(input)).toBe(true)
    expect(driver.metrics().commits).toMatchObject({ records: 2, aborts: 0 })
    expect(warnings).toEqual([['results were sent and not answered: they may be missing', { records: 2, cause: expect.any(String) as string }]])
  })

  it('end with the same error when a key cannot take them', async () => {
    const store = new FarStore(1, 0)
    store.put('words', { type: 'string', text: 'x' })
    const driver = await TopologyDriver.start(wordCount({ mergeable: true }), { feeds: { lines: feedOf([['a', 'b']]) }, store, seed: 1, submit })
    await expect(driver.run()).rejects.toMatchObject({ code: 'MR_COMMIT_REFUSED', place: { at: 'words' } })
    expect(driver.topology.state).toBe('failed')
  })
})
