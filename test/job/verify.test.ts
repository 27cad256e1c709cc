import { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import { countWords, hostileSentences } from '../support/data/sentences.ts'
import { startFeed } from '../support/feed.ts'
import { groupsBeside } from '../support/groups-beside.ts'
import { load } from '../support/load.ts'
import { killLeftovers } from '../support/millrace-process.ts'
import { scenario, type Scenario } from '../support/scenario.ts'
import { waitWhileRunning } from '../support/wait-until.ts'

afterEach(killLeftovers)

async function withRedis<T>(run: Scenario, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(run.redisUrl)
  try {
    return await use(redis)
  } finally {
    redis.disconnect()
  }
}

const leftovers = (run: Scenario) => withRedis(run, async (redis) => [...await redis.keys(`{${run.topic}}:verify*`), ...await redis.keys(`{${run.topic}}:replay*`)])

describe('a recount', () => {
  it('finds live results right while they grow, and leaves nothing behind', async () => {
    const run = await scenario({ partitions: 2 })
    const before = [...hostileSentences(5000)]
    await load(run.brokers, run.topic, before)
    const live = run.start()
    const feed = startFeed(run.brokers, run.topic, { portion: 200, everyMs: 50 })
    await waitWhileRunning(live, 'some counts', async () => await run.totalCount() > 0)
    const verified = await run.verify()
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringMatching(/\nverified \d+ keys: 0 differ\n$/) as string })
    expect(await leftovers(run)).toEqual([])
    expect(await groupsBeside(run)).toEqual([])

    const right = countWords([...before, ...await feed.stop()])
    const total = Array.from(right.values()).reduce((sum, count) => sum + count, 0)
    await waitWhileRunning(live, `${total} counts`, async () => await run.totalCount() >= total)
    expect(await run.wrongCounts(right)).toEqual([])
    live.kill('SIGTERM')
    expect(await live.ended).toMatchObject({ code: 0 })
    expect((await run.verify()).stdout).toContain(`\nverified ${right.size} keys: 0 differ\n`)
  })

  it('names each key that is not what its records make, and ends with 1', async () => {
    const run = await scenario({ partitions: 2 })
    const sentences = [...hostileSentences(2000)]
    await load(run.brokers, run.topic, sentences)
    expect(await run.catchUp()).toMatchObject({ code: 0 })
    const right = countWords(sentences)
    const [more, gone] = Array.from(right.keys()) as [string, string]
    await withRedis(run, async (redis) => {
      await redis.hincrby(run.key, more, 1)
      await redis.hdel(run.key, gone)
      await redis.hset(run.key, 'never a word \u001b[31m', 1)
    })
    const plain = await run.verify()
    expect(plain).toMatchObject({ code: 1, stdout: expect.stringContaining(`verified ${right.size + 1} keys: 3 differ\n`) as string })
    expect(plain.stdout).toContain(`${run.key} ${more}: ${right.get(more)! + 1}, the recount ${right.get(more)!}\n`)
    expect(plain.stdout).not.toContain('\u001b')
    const lines = (await run.verify(['--json'])).stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines).toContainEqual({ type: 'difference', key: run.key, field: gone, other: String(right.get(gone)!) })
    expect(lines.at(-1)).toMatchObject({ type: 'verified', keys: right.size + 1, differing: 3 })
    expect(await leftovers(run)).toEqual([])
  })

  it('is refused where there is nothing to recount, or not all of it any more', async () => {
    const run = await scenario({ partitions: 1 })
    expect(await run.verify()).toMatchObject({ code: 4, stderr: expect.stringContaining('MR_REPLAY_REFUSED') as string })
  })

  it('that was killed hinders neither the live run nor the next one', async () => {
    const run = await scenario({ partitions: 2 })
    const sentences = [...hostileSentences(3000)]
    await load(run.brokers, run.topic, sentences)
    expect(await run.catchUp()).toMatchObject({ code: 0 })
    await withRedis(run, async (redis) => {
      // As a killed one leaves it: begun, half counted, and holding.
      await redis.hset(`{${run.topic}}:verify:meta`, { id: 'x', status: 'building', generation: '2', registry: '1' })
      await redis.hset(`{${run.topic}}:verify:result:${run.key}`, 'left', 1)
      await redis.sadd(`{${run.topic}}:verify:keys`, run.key)
      await redis.hset(`{${run.topic}}:meta`, { held: String(Date.now() + 2000), holder: 'x' })
    })
    const more = [...hostileSentences(1000, 5)]
    await load(run.brokers, run.topic, more)
    expect(await run.catchUp()).toMatchObject({ code: 0 })
    const right = countWords([...sentences, ...more])
    expect((await run.verify()).stdout).toContain(`verified ${right.size} keys: 0 differ\n`)
    expect(await leftovers(run)).toEqual([])
  })
})

describe('a comparison', () => {
  it('names what differs most before a switch, and says how far apart the two are', async () => {
    const run = await scenario({ partitions: 1 })
    const sentences = ['a a a a b b c', 'b c', 'c']
    await load(run.brokers, run.topic, sentences)
    expect(await run.catchUp()).toMatchObject({ code: 0 })
    expect(await run.replay(['status', '--compare'])).toMatchObject({ code: 0, stdout: expect.stringContaining('there is no replay') as string })
    expect(await run.replay(['--from', `${run.topic}/0=1`, '--to', 'now', '--execute'])).toMatchObject({ code: 0 })
    const compared = await run.replay(['switch', '--compare'])
    expect(compared).toMatchObject({ code: 0, stderr: '' })
    expect(compared.stdout.split('\n').slice(0, 5)).toEqual([
      `${run.key} a: 4, the replay nothing`, `${run.key} b: 3, the replay 1`, `${run.key} c: 3, the replay 2`,
      'compared 3 keys with a replay 0 records behind: 3 differ',
      expect.stringContaining('generation 2 is live'),
    ])
  })
})

describe('a repair', () => {
  const startMs = 1_700_000_000_000

  it('makes the windows of a span anew while the live run goes on, and touches nothing else', async () => {
    const run = await scenario({ partitions: 2, topology: 'windows' })
    const pages = ['a', 'b', '__proto__']
    const view = (n: number) => ({ page: pages[n % 3]!, at: startMs + (n * 7919) % 60_000 })
    const sent = Array.from({ length: 6000 }, (_, n) => view(n))
    await load(run.brokers, run.topic, sent.map((one) => JSON.stringify(one)), { timestampMs: startMs })
    const live = run.start()
    await waitWhileRunning(live, 'all counts', async () => await run.totalCount() === sent.length)
    const window = (second: number) => `${run.key}:${startMs + second * 1000}`
    await withRedis(run, async (redis) => {
      // Two windows that are wrong, one inside the span and one outside it.
      await redis.hincrby(window(10), 'a', 5)
      await redis.hincrby(window(40), 'a', 5)
      await redis.hset(window(11), 'nobody', 1)
    })
    const time = (second: number) => new Date(startMs + second * 1000).toISOString()
    const command = ['--mode', 'repair', '--from', time(5), '--to', time(30)]
    const shown = await run.replay(command)
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('6,000 records') as string, stderr: expect.stringContaining('Nothing was changed') as string })
    // Late ones, for windows of the span, come while it is repaired.
    const late = Array.from({ length: 300 }, (_, n) => ({ page: 'late', at: startMs + 8000 + n }))
    const [repaired] = await Promise.all([
      run.replay([...command, '--execute']),
      load(run.brokers, run.topic, late.map((one) => JSON.stringify(one)), { timestampMs: startMs + 60_000 }),
    ])
    expect(repaired).toMatchObject({ code: 0, stdout: expect.stringContaining('repaired: the span has 25 windows now') as string })
    await waitWhileRunning(live, 'the late ones', async () => await run.totalCount() === sent.length + late.length)

    const right = new Map<string, Map<string, number>>()
    for (const { page, at } of [...sent, ...late]) {
      const key = `${run.key}:${at - (at % 1000)}`
      const counts = right.get(key) ?? new Map<string, number>()
      right.set(key, counts.set(page, (counts.get(page) ?? 0) + 1))
    }
    right.get(window(40))!.set('a', (right.get(window(40))!.get('a') ?? 0) + 5)
    await withRedis(run, async (redis) => {
      expect((await redis.keys(`${run.key}:*`)).sort()).toEqual(Array.from(right.keys()).sort())
      for (const [key, counts] of right) expect(new Map(Object.entries(await redis.hgetall(key)).map(([page, n]) => [page, Number(n)])), key).toEqual(counts)
    })
    expect(await leftovers(run)).toEqual([])
    expect(await groupsBeside(run)).toEqual([])
    expect((await run.verify()).stdout).toContain(': 1 differ\n')
    live.kill('SIGTERM')
    expect(await live.ended).toMatchObject({ code: 0 })
  })

  it('is refused without times, and with those of the future', async () => {
    const run = await scenario({ partitions: 1, topology: 'windows' })
    expect(await run.replay(['--mode', 'repair', '--from', '6h'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--to') as string })
    await load(run.brokers, run.topic, [JSON.stringify({ page: 'a', at: startMs })])
    expect(await run.catchUp()).toMatchObject({ code: 0 })
    expect(await run.replay(['--mode', 'repair', '--from', 'earliest', '--to', 'now'])).toMatchObject({ code: 2, stderr: expect.stringContaining('must be a time') as string })
    expect(await run.replay(['--mode', 'repair', '--from', '1h', '--to', '2h'])).toMatchObject({ code: 2, stderr: expect.stringContaining('before it begins') as string })
    expect(await run.replay(['--mode', 'repair', '--from', '9999999999998', '--to', '9999999999999', '--execute'])).toMatchObject({ code: 4, stderr: expect.stringContaining('future') as string })
  })
})
