import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { submit } from '../../src/runtime/submit.ts'
import { readDeadLetterHeaders } from '../../src/kafka/dead-letter-headers.ts'
import { countWords, hostileSentences } from '../support/data/sentences.ts'
import { load } from '../support/load.ts'
import { killLeftovers } from '../support/millrace-process.ts'
import { scenario } from '../support/scenario.ts'
import { storedFates } from '../support/stored-fates.ts'
import { topicRecords } from '../support/topic-records.ts'

/** Sentences with a killer among them. */
function withKiller(word: string, count: number): { innocent: string[]; all: string[] } {
  const innocent = [...hostileSentences(count)]
  return { innocent, all: innocent.toSpliced(Math.floor(count * 0.6), 0, `a ${word} b`) }
}

describe('a record that ends its worker', () => {
  afterEach(killLeftovers)

  it.each([['EXIT', 'ends the process', {}], ['MEMORY', 'takes all memory', { NODE_OPTIONS: '--max-old-space-size=160' }]])('by %s, which %s, is found and dead-lettered, and all others are counted', async (word, _, env) => {
    const { brokers, redisUrl, topic, catchUp, wrongCounts } = await scenario({ partitions: 3 })
    const { innocent, all } = withKiller(word, 100)
    await load(brokers, topic, all)
    expect(await catchUp([], { topology: 'killer', env: { TEST_ON_ERROR: 'dead-letter', ...env }, timeoutMs: 150_000 })).toMatchObject({ code: 0 })
    expect(await wrongCounts(countWords(innocent))).toEqual([])
    expect(await storedFates(redisUrl, topic)).toEqual({ counted: innocent.length, skipped: 0, deadLettered: 1, gaps: 0 })
    const letters = await topicRecords(brokers, `${topic}.dead-letters`)
    expect(letters.map(({ value }) => value?.toString())).toEqual([`a ${word} b`])
    expect(readDeadLetterHeaders(letters[0]!.headers)!.facts).toMatchObject({ component: 'lines', errorClass: 'MR_WORKER_DIED', message: expect.stringContaining('crashed worker') as string })
  })

  it('by LOOP, which never ends, is found and skipped, and all others are counted', async () => {
    const { brokers, redisUrl, topic, key, wrongCounts } = await scenario({ partitions: 1 })
    const { innocent, all } = withKiller('LOOP', 20)
    await load(brokers, topic, all)
    onTestFinished(() => void vi.unstubAllEnvs())
    for (const [name, value] of Object.entries({ TEST_NAME: topic, TEST_TOPIC: topic, TEST_KEY: key, TEST_ON_ERROR: 'skip' })) vi.stubEnv(name, value)
    const topology = await submit(new URL('../support/topologies/killer.ts', import.meta.url), {
      connections: { kafka: { brokers }, redis: { url: redisUrl } }, workers: 2, untilCaughtUp: true, answerTimeoutMs: 5000, log: { level: 'silent' },
    })
    await topology.done
    expect(await wrongCounts(countWords(innocent))).toEqual([])
    expect(await storedFates(redisUrl, topic)).toEqual({ counted: innocent.length, skipped: 1, deadLettered: 0, gaps: 0 })
  })

  it('stops the topology with its place where it is to stop', async () => {
    const { brokers, topic, catchUp } = await scenario({ partitions: 1 })
    await load(brokers, topic, withKiller('EXIT', 1_000).all)
    const ended = await catchUp([], { topology: 'killer' })
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('MR_WORKER_DIED') as string })
    expect(ended.stderr).toContain(`${topic}/0@600`)
  })
})
