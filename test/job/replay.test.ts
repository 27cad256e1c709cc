import { Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { submit } from '../../src/replay/submit.ts'
import { committedValues } from '../support/committed-values.ts'
import { wrongCounts } from '../support/counts.ts'
import { countWords, hostileSentences } from '../support/data/sentences.ts'
import { startFeed } from '../support/feed.ts'
import { groupsBeside } from '../support/groups-beside.ts'
import { load } from '../support/load.ts'
import { killLeftovers, type Ended, type MillraceProcess } from '../support/millrace-process.ts'
import { scenario, type Scenario } from '../support/scenario.ts'
import { groupOffsets } from '../support/topics.ts'
import { waitUntil, waitWhileRunning } from '../support/wait-until.ts'

interface State {
  readonly number: number
  readonly status: string
  readonly paused: boolean
  readonly positions: Readonly<Record<string, number>>
}

interface Planned {
  readonly partitions: readonly { readonly partition: string; readonly from: number; readonly to?: number; readonly records: number; readonly firstMs?: number }[]
  readonly faults: readonly { readonly kind: string }[]
}

afterEach(killLeftovers)

function objects(text: string): Record<string, unknown>[] {
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>)
}

function planOf({ stdout }: Pick<Ended, 'stdout'>): Planned {
  return objects(stdout).find(({ type }) => type === 'plan') as unknown as Planned
}

function outcomeOf({ stdout }: Ended): unknown {
  return objects(stdout).find(({ type }) => type === 'replay')?.['outcome']
}

async function status(run: Scenario): Promise<{ live: State; replay: State | null }> {
  const ended = await run.replay(['status', '--json'])
  expect(ended).toMatchObject({ code: 0 })
  return objects(ended.stdout)[0] as unknown as { live: State; replay: State | null }
}

/** What Kafka holds of the topic now, by partition. */
function values(run: Scenario): Promise<string[][]> {
  return committedValues(new Kafka({ brokers: [...run.brokers], logLevel: logLevel.NOTHING }), run.topic)
}

/** An independent recount of the records `[from, to)` of each partition. */
async function recount(run: Scenario, ranges: Readonly<Record<string, readonly [number, number?]>>): Promise<Map<string, number>> {
  const all = await values(run)
  return countWords(all.flatMap((of, partition) => of.slice(...ranges[`${run.topic}/${partition}`]!)))
}

async function keysBeside(run: Scenario): Promise<string[]> {
  const redis = new Redis(run.redisUrl)
  try {
    return await redis.keys(`*${run.topic}}:replay*`)
  } finally {
    redis.disconnect()
  }
}

const shadow = (run: Scenario) => `{${run.topic}}:replay:result:${run.key}`

async function counted(run: Scenario, live: MillraceProcess, sentences: readonly string[]): Promise<void> {
  const right = countWords(sentences)
  const total = Array.from(right.values()).reduce((sum, count) => sum + count, 0)
  await waitWhileRunning(live, `${total} counts`, async () => await run.totalCount() >= total)
  expect(await run.wrongCounts(right)).toEqual([])
}

describe('a replay', () => {
  it('counts a range beside a live topology under load, from an offset and from a time, and touches nothing of it', async () => {
    const run = await scenario({ partitions: 2 })
    const before = [...hostileSentences(6000)]
    const fromMs = 1_700_000_000_000
    await load(run.brokers, run.topic, before.slice(0, 4000), { timestampMs: fromMs - 1 })
    await load(run.brokers, run.topic, before.slice(4000), { timestampMs: fromMs })
    const live = run.start()
    const feed = startFeed(run.brokers, run.topic, { portion: 500 })
    await waitWhileRunning(live, 'some counts', async () => await run.totalCount() > 0)

    const byOffset = await run.replay(['--from', `${run.topic}/0=972,${run.topic}/1=956`, '--to', 'now', '--execute', '--json'])
    expect(byOffset).toMatchObject({ code: 0 })
    expect(outcomeOf(byOffset)).toBe('complete')
    const first = planOf(byOffset)
    expect(first.partitions.map(({ from }) => from)).toEqual([972, 956])
    expect(await wrongCounts(run.redisUrl, shadow(run), await recount(run, Object.fromEntries(first.partitions.map(({ partition, from, to }) => [partition, [from, to]]))))).toEqual([])
    expect(await run.replay(['drop'])).toMatchObject({ code: 0 })
    expect(await keysBeside(run)).toEqual([])

    const byTime = await run.replay(['--from', String(fromMs), '--to', `${run.topic}/0=2600,${run.topic}/1=2500`, '--execute', '--json'])
    expect(outcomeOf(byTime)).toBe('complete')
    expect(planOf(byTime).partitions).toMatchObject([{ from: 2000, to: 2600, firstMs: fromMs }, { from: 2000, to: 2500, firstMs: fromMs }])
    expect(await wrongCounts(run.redisUrl, shadow(run), await recount(run, { [`${run.topic}/0`]: [2000, 2600], [`${run.topic}/1`]: [2000, 2500] }))).toEqual([])

    const after = await feed.stop()
    await counted(run, live, [...before, ...after])
    live.kill('SIGTERM')
    expect(await live.ended).toMatchObject({ code: 0 })
    const sent = before.length + after.length
    const offsets = await groupOffsets(run.brokers, run.topic)
    expect(Object.values(offsets).reduce((sum, offset) => sum + offset, 0)).toBe(sent)
    expect((await status(run)).live.positions).toEqual(offsets)
    expect(await groupOffsets(run.brokers, `${run.topic}.replay`)).toEqual({})
  })

  it('is paused, killed and gone on with, at the rate asked for, and shared by processes', async () => {
    const run = await scenario({ partitions: 2 })
    const sentences = [...hostileSentences(12_000)]
    await load(run.brokers, run.topic, sentences)
    expect(await run.catchUp()).toMatchObject({ code: 0 })
    const command = ['--from', 'start', '--to', 'now', '--rate', '1500', '--execute', '--json']
    const done = async () => Object.values((await status(run)).replay!.positions).reduce((sum, offset) => sum + offset, 0)

    const beganAt = performance.now()
    const killed = run.startReplay(command)
    await waitWhileRunning(killed, 'the replay has begun', async () => (await status(run)).replay !== null && await done() > 500)
    expect(await run.replay(['pause'])).toMatchObject({ code: 0 })
    let stood = -1
    await waitUntil('nothing more is counted', async () => {
      const last = stood
      stood = await done()
      return last === stood
    })
    expect((await status(run)).replay!.paused).toBe(true)
    expect(stood).toBeLessThanOrEqual(1500 * ((performance.now() - beganAt) / 1000 + 1))
    killed.kill('SIGKILL')
    await killed.ended

    expect(await run.replay(['resume'])).toMatchObject({ code: 0 })
    const [one, two] = await Promise.all([run.replay(command), run.replay([...command, '--instance', 'second'])])
    for (const ended of [one, two]) {
      expect(ended).toMatchObject({ code: 0 })
      expect(outcomeOf(ended)).toBe('complete')
    }
    expect(await wrongCounts(run.redisUrl, shadow(run), countWords(sentences))).toEqual([])
    expect(await run.wrongCounts(countWords(sentences))).toEqual([])
  })

  it('takes the place of the live results under load, and gives it back', async () => {
    const run = await scenario({ partitions: 2 })
    const before = [...hostileSentences(4000)]
    await load(run.brokers, run.topic, before)
    const live = run.start()
    const feed = startFeed(run.brokers, run.topic, { portion: 300, everyMs: 50 })
    await waitWhileRunning(live, 'some counts', async () => await run.totalCount() > 0)

    const replay = run.startReplay(['--from', `${run.topic}/0=1000,${run.topic}/1=1500`, '--execute', '--json'])
    await waitWhileRunning(replay, 'the replay has begun', async () => (await status(run)).replay !== null)
    const switched = await run.replay(['switch', '--when-caught-up'])
    expect(switched).toMatchObject({ code: 0, stdout: expect.stringContaining('generation 2 is live') as string })
    const ended = await replay.ended
    expect(ended).toMatchObject({ code: 0 })
    expect(outcomeOf(ended)).toBe('live')
    expect(await groupsBeside(run)).toEqual([])

    await waitWhileRunning(live, 'the live run goes on', async () => Object.values((await status(run)).live.positions).every((offset) => offset > 2000))
    const all = [...before, ...await feed.stop()]
    const half = await recount(run, { [`${run.topic}/0`]: [1000], [`${run.topic}/1`]: [1500] })
    const total = Array.from(half.values()).reduce((sum, count) => sum + count, 0)
    await waitWhileRunning(live, 'all counts of the replay', async () => await run.totalCount() === total)
    expect(await run.wrongCounts(half)).toEqual([])

    expect(await run.replay(['rollback'])).toMatchObject({ code: 0, stdout: expect.stringContaining('generation 3 is live') as string })
    await counted(run, live, all)
    expect(await run.replay(['drop'])).toMatchObject({ code: 0 })
    expect(await keysBeside(run)).toEqual([])
    const more = [...hostileSentences(500, 7)]
    await load(run.brokers, run.topic, more)
    await counted(run, live, [...all, ...more])
    live.kill('SIGTERM')
    const { code, stderr } = await live.ended
    expect(code).toBe(0)
    expect(stderr).not.toContain('the store was rolled back')
  })

  it('that is rolled back while nothing runs is named by the next start, where a lost store would be', async () => {
    const run = await scenario({ partitions: 1 })
    const sentences = [...hostileSentences(600)]
    await load(run.brokers, run.topic, sentences.slice(0, 300))
    expect(await run.catchUp()).toMatchObject({ code: 0 })
    const replay = run.startReplay(['--from', 'earliest', '--execute'])
    await waitWhileRunning(replay, 'the replay has begun', async () => (await status(run)).replay !== null)
    expect(await run.replay(['switch', '--when-caught-up'])).toMatchObject({ code: 0 })
    expect(await replay.ended).toMatchObject({ code: 0 })
    await load(run.brokers, run.topic, sentences.slice(300))
    expect(await run.catchUp()).toMatchObject({ code: 0 })
    for (const number of [3, 4, 5]) expect((await run.replay(['rollback'])).stdout).toContain(`generation ${number} is live`)
    const started = await run.catchUp(['--log-level', 'info'])
    expect(started).toMatchObject({ code: 0, stderr: expect.stringMatching(/"partition":"[^"]+","records":300,"generation":5,"msg":"a rollback has put/) as string })
    expect(started.stderr).not.toContain('the store was rolled back')
    expect(await run.wrongCounts(countWords(sentences))).toEqual([])
  })

  it('may be of another version of the file, which ends the live run of the old one when it is switched to', async () => {
    const run = await scenario({ partitions: 2 })
    const before = [...hostileSentences(2000)]
    await load(run.brokers, run.topic, before)
    const old = run.start()
    await counted(run, old, before)
    const version = { topology: 'word-count-bolts' }
    const replay = run.startReplay(['--from', 'start', '--execute', '--json'], version)
    await waitWhileRunning(replay, 'the replay has begun', async () => (await status(run)).replay !== null)
    expect(await run.replay(['switch', '--when-caught-up'])).toMatchObject({ code: 0 })
    expect(outcomeOf(await replay.ended)).toBe('live')
    const after = [...hostileSentences(2000, 3)]
    await load(run.brokers, run.topic, after)
    expect(await old.ended).toMatchObject({ code: 4, stderr: expect.stringContaining('MR_GENERATION_SWITCHED') as string })
    expect(await run.catchUp([], version)).toMatchObject({ code: 0 })
    expect(await run.wrongCounts(countWords([...before, ...after]))).toEqual([])
  })

  it('shows what the logs cannot grant, and refuses it unless it is accepted', async () => {
    const run = await scenario({ partitions: 2 })
    await load(run.brokers, run.topic, hostileSentences(2000))
    await run.catchUp()
    const admin = new Kafka({ brokers: [...run.brokers], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    await admin.fetchTopicOffsets(run.topic)
    await admin.deleteTopicRecords({ topic: run.topic, partitions: [{ partition: 0, offset: '300' }] })
    await admin.disconnect()

    for (const [from, kind] of [
      [`${run.topic}/0=100`, 'expired'], ['start', 'expired'], ['1000', 'expired'], [`${run.topic}/1=1001`, 'beyond-end'], [`${run.topic}/2=0`, 'unknown-partition'], ['9999999999999', 'future'],
    ] as const) {
      const shown = await run.replay(['--from', from, '--json'])
      expect(shown).toMatchObject({ code: 0, stderr: '' })
      expect(planOf(shown).faults.map((fault) => fault.kind)).toContain(kind)
    }
    const plain = await run.replay(['--from', `${run.topic}/0=100`, '--partition', `${run.topic}/0`])
    expect(plain.stdout).toContain('200 records from there on were deleted by retention')
    expect(plain.stderr).toContain('Nothing was changed')
    const refused = await run.replay(['--from', 'start', '--to', 'now', '--execute'])
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringMatching(/MR_REPLAY_REFUSED[^]*--accept-loss/) as string })
    expect(refused.stderr).not.toContain('    at ')
    expect(await keysBeside(run)).toEqual([])

    expect(await run.replay(['--from', 'start', '--to', 'now', '--accept-loss', '--execute', '--json'])).toMatchObject({ code: 0 })
    const left = (await values(run)).flat()
    expect(left).toHaveLength(1700)
    expect(await wrongCounts(run.redisUrl, shadow(run), countWords(left))).toEqual([])
    expect(await run.replay(['switch'])).toMatchObject({ code: 0 })
    expect(await run.wrongCounts(countWords(left))).toEqual([])
  })

  it('is steered only where there is one to steer', async () => {
    const run = await scenario({ partitions: 1 })
    expect(await run.replay(['status'])).toMatchObject({ code: 4, stderr: expect.stringContaining('MR_REPLAY_REFUSED') as string })
    await load(run.brokers, run.topic, hostileSentences(1000))
    await run.catchUp()
    for (const action of ['pause', 'resume', 'switch', 'rollback', 'drop']) {
      expect(await run.replay([action])).toMatchObject({ code: 4, stderr: expect.stringContaining('MR_REPLAY_REFUSED') as string })
    }
    expect(await run.replay(['--from', 'start', '--to', `${run.topic}/0=400`, '--execute', '--json'])).toMatchObject({ code: 0 })
    expect(await run.replay(['switch', '--when-caught-up'])).toMatchObject({ code: 4, stderr: expect.stringContaining('without --to') as string })
    expect(await run.replay(['--from', 'earliest', '--execute'])).toMatchObject({ code: 4, stderr: expect.stringContaining('another replay is there already: beside --from start') as string })
    expect(await run.replay(['--from', 'earliest', '--mode', 'additive'])).toMatchObject({ code: 4, stderr: expect.stringContaining('MR_REWIND_REFUSED') as string })

    // Somebody else sits in its group: that is said, and hinders nothing.
    const consumer = new Kafka({ brokers: [...run.brokers], logLevel: logLevel.NOTHING }).consumer({ groupId: `${run.topic}.replay` })
    onTestFinished(() => consumer.disconnect())
    await consumer.connect()
    await consumer.subscribe({ topic: run.topic })
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve))
    await consumer.run({ eachMessage: () => Promise.resolve() })
    await joined
    expect(await run.replay(['drop'])).toMatchObject({ code: 0, stderr: expect.stringMatching(/MR_KAFKA_GROUP_ACTIVE.*was not deleted/s) as string })
    expect(await keysBeside(run)).toEqual([])
    await consumer.disconnect()
    expect(await run.replay(['--from', 'start', '--to', `${run.topic}/0=400`, '--execute', '--json'])).toMatchObject({ code: 0 })
    expect(await run.replay(['drop'])).toMatchObject({ code: 0, stderr: '' })
    expect(await groupsBeside(run)).toEqual([])
  })

  it('is begun, steered and switched to by the process of the live run', async () => {
    const run = await scenario({ partitions: 2 })
    const sentences = [...hostileSentences(4000)]
    await load(run.brokers, run.topic, sentences)
    Object.assign(process.env, { TEST_NAME: run.topic, TEST_TOPIC: run.topic, TEST_KEY: run.key })
    const connections = { kafka: { brokers: run.brokers }, redis: { url: run.redisUrl } }
    const topology = await submit('test/support/topologies/word-count.ts', { connections, workers: 2, log: { level: 'warn' } })
    onTestFinished(() => topology.kill())
    await waitUntil('all counts', async () => await run.totalCount() >= 40_000)

    const bounded = await topology.replay(run.topic, { 0: 972, 1: 956 }, { to: 'now' })
    expect(await bounded.done).toBe('complete')
    const right = countWords(sentences.filter((_, index) => Math.floor(index / 2) >= (index % 2 === 0 ? 972 : 956)))
    expect(await wrongCounts(run.redisUrl, shadow(run), right)).toEqual([])
    expect(await groupsBeside(run)).toEqual([`${run.topic}.replay`])
    await bounded.drop()
    await bounded.close()
    expect(await groupsBeside(run)).toEqual([])

    const again = await topology.replay(run.topic, { 0: 972, 1: 956 })
    expect(again.plan!.partitions.map(({ from, records }) => [from, records])).toEqual([[972, 1028], [956, 1044]])
    expect(await again.switchOver({ whenCaughtUp: true })).toBe(2)
    expect(await again.done).toBe('live')
    await again.drop()
    await again.close()
    expect(await keysBeside(run)).toEqual([])
    const more = [...hostileSentences(1000, 5)]
    await load(run.brokers, run.topic, more)
    const all = countWords([...sentences.filter((_, index) => Math.floor(index / 2) >= (index % 2 === 0 ? 972 : 956)), ...more])
    const total = Array.from(all.values()).reduce((sum, count) => sum + count, 0)
    await waitUntil('the live run goes on', async () => await run.totalCount() >= total)
    expect(await run.wrongCounts(all)).toEqual([])
    await topology.drain()
  })

  it('resets the live results in place when the name is given', async () => {
    const run = await scenario({ partitions: 2 })
    const sentences = [...hostileSentences(3000)]
    await load(run.brokers, run.topic, sentences)
    const live = run.start()
    await counted(run, live, sentences)
    const reset = ['--from', `${run.topic}/0=1000,${run.topic}/1=1200`, '--mode', 'reset', '--execute']
    expect(await run.replay(reset)).toMatchObject({ code: 2, stderr: expect.stringContaining(`--confirm ${run.topic}`) as string })
    expect(await run.replay([...reset, '--confirm', 'another'])).toMatchObject({ code: 2 })
    expect(await run.wrongCounts(countWords(sentences))).toEqual([])
    expect(await run.replay([...reset, '--confirm', run.topic])).toMatchObject({ code: 0, stdout: expect.stringContaining('no way back') as string })
    await counted(run, live, (await values(run)).flatMap((of, partition) => of.slice([1000, 1200][partition])))
  })
})
