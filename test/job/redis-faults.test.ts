import { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import { WriteSet } from '../../src/state/write-set.ts'
import type { CommitAnswer } from '../../src/topology/commit-store.ts'
import type { SealingStore } from '../contract/sealing-store.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { tcpProxy } from '../support/tcp-proxy.ts'
import { redisStore } from './redis-store.ts'

const partitions = ['a/0', 'a/1', 'a/2']
const words = 50

/** The word of a record is a function of its place, so the right counts of any positions can be computed. */
function wordOf(partition: number, offset: number): string {
  return `w${(offset * 7919 + partition * 104_729) % words}`
}

function expected(positions: ReadonlyMap<string, number>): Record<string, string> {
  const counts = new Map<string, number>()
  for (const [index, partition] of partitions.entries()) {
    for (let offset = 0; offset < positions.get(partition)!; offset++) counts.set(wordOf(index, offset), (counts.get(wordOf(index, offset)) ?? 0) + 1)
  }
  return Object.fromEntries(Array.from(counts, ([word, n]) => [word, String(n)]))
}

/** Reads and commits as a coordinator does, and takes over again when it is told that it is behind. */
class Counter {
  readonly #store: SealingStore
  readonly #name: string
  #attempt = 0
  #sequence = 0
  #positions = new Map<string, number>()
  readonly answers: CommitAnswer['answer'][] = []

  constructor(store: SealingStore, name: string) {
    this.#store = store
    this.#name = name
  }

  async acquire(): Promise<void> {
    this.#positions = new Map(await this.#store.acquire(`${this.#name}${++this.#attempt}`, partitions))
  }

  async step(records: number): Promise<void> {
    const writes = new WriteSet()
    const ranges = partitions.map((partition, index) => {
      const from = this.#positions.get(partition)!
      for (let offset = from; offset < from + records; offset++) writes.hashAdd('words', wordOf(index, offset), 1)
      return { partition, from, to: from + records }
    })
    const { answer } = await this.#store.commit({ owner: `${this.#name}${this.#attempt}`, sequence: this.#sequence++, ranges, writes })
    this.answers.push(answer)
    if (answer === 'OK' || answer === 'DUP') for (const { partition, to } of ranges) this.#positions.set(partition, to)
    else await this.acquire()
  }
}

describe('counts in Redis', () => {
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  async function server(config: Record<string, string> = {}): Promise<RedisServer> {
    const started = await startRedis({ config })
    closing.push(() => started.stop())
    return started
  }

  async function opened(url: string, commandTimeoutMs = 2000): Promise<SealingStore> {
    const store = redisStore(url, { settings: { commandTimeoutMs } })
    closing.push(() => store.close())
    await store.open()
    return store
  }

  async function check(url: string, store: SealingStore): Promise<void> {
    const redis = new Redis(url)
    closing.push(() => Promise.resolve(redis.disconnect()))
    const positions = await store.load(partitions)
    expect(await redis.hgetall('words')).toEqual(expected(positions))
    expect(Math.min(...positions.values())).toBeGreaterThan(0)
  }

  it('are right when replies are lost and commands sent again', async () => {
    const { port, url } = await server()
    const proxy = await tcpProxy(port)
    closing.push(() => proxy.close())
    const store = await opened(`redis://127.0.0.1:${proxy.port}`)
    await store.deploy(partitions.map((partition) => ({ partition, offset: 0 })))
    const counter = new Counter(store, 'x')
    await counter.acquire()
    await counter.step(20)
    for (let round = 0; round < 30; round++) {
      if (round % 2 === 0) proxy.loseNextReply()
      await counter.step(20)
    }
    expect(proxy.lost).toBe(15)
    expect(counter.answers.filter((answer) => answer === 'DUP')).toHaveLength(15)
    expect(counter.answers.filter((answer) => answer === 'OK')).toHaveLength(16)
    await check(url, store)
  })

  it('hold what was added once, at most once, when its answer is lost', async () => {
    const { port, url } = await server()
    const proxy = await tcpProxy(port)
    closing.push(() => proxy.close())
    // No answer is waited for that will not come.
    const store = await opened(`redis://127.0.0.1:${proxy.port}`, 600_000)
    await store.deploy(partitions.map((partition) => ({ partition, offset: 0 })))
    await store.acquire('me', partitions)
    const redis = new Redis(url)
    closing.push(() => Promise.resolve(redis.disconnect()))
    for (let round = 0; round < 10; round++) {
      const writes = new WriteSet()
      writes.hashAdd('words', `w${round}`, 1)
      // Not the first answer, which says that Redis does not know the script yet.
      if (round % 2 === 1) proxy.loseNextReply()
      const { answer } = await store.addOnce({ owner: 'me', sequence: round, writes })
      expect(answer).toBe(round % 2 === 1 ? 'LOST' : 'OK')
      // Answered only when the connection is there again, with all that would be sent again.
      await store.load(partitions)
    }
    expect(proxy.lost).toBe(5)
    // The proxy loses answers, not calls.
    expect(await redis.hgetall('words')).toEqual(Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`w${n}`, '1'])))
  })

  it('are right when two processes believe they own the same partitions', async () => {
    const { url } = await server()
    const counters = [new Counter(await opened(url), 'x'), new Counter(await opened(url), 'y')] as const
    const store = await opened(url)
    await store.deploy(partitions.map((partition) => ({ partition, offset: 0 })))
    await Promise.all(counters.map((counter) => counter.acquire()))
    await Promise.all(counters.map(async (counter, index) => {
      for (let round = 0; round < 200; round++) await counter.step(1 + ((round + index) % 3))
    }))
    const answers = counters.flatMap((counter) => counter.answers)
    expect(answers).toContain('OK')
    expect(answers).toContain('FENCED')
    await check(url, store)
  })

  it('are right when a zombie wakes up long after its partitions were taken over', async () => {
    const { url } = await server()
    const store = await opened(url)
    await store.deploy(partitions.map((partition) => ({ partition, offset: 0 })))
    const zombie = new Counter(store, 'zombie')
    await zombie.acquire()
    await zombie.step(5)
    const heir = new Counter(await opened(url), 'heir')
    await heir.acquire()
    for (let round = 0; round < 5; round++) await heir.step(5)
    await zombie.step(5)
    expect(zombie.answers).toEqual(['OK', 'FENCED'])
    await check(url, store)
  })

  it('are right through twenty kills of Redis under load', async () => {
    const redis = await server({ appendonly: 'yes', appendfsync: 'everysec' })
    const store = await opened(redis.url)
    await store.deploy(partitions.map((partition) => ({ partition, offset: 0 })))
    const counter = new Counter(store, 'x')
    await counter.acquire()
    let running = true
    const load = (async () => {
      while (running) await counter.step(10)
    })()
    for (let kill = 0; kill < 20; kill++) {
      const seen = counter.answers.length
      while (counter.answers.length < seen + 20 + kill) await turn()
      await redis.kill()
      await redis.start()
    }
    running = false
    await load
    await check(redis.url, store)
  })
})

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
