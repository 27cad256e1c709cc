import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { readDeadLetterHeaders } from '../../src/kafka/dead-letter-headers.ts'
import type { OriginalRecord } from '../../src/kafka/original-records.ts'
import { below, seededRandom } from '../support/data/random.ts'
import { countWords } from '../support/data/sentences.ts'
import { load } from '../support/load.ts'
import { killLeftovers } from '../support/millrace-process.ts'
import { scenario } from '../support/scenario.ts'
import { storedFates } from '../support/stored-fates.ts'
import { topicRecords } from '../support/topic-records.ts'
import { createTopic, produce, topicNames } from '../support/topics.ts'

const deadLetters = { topology: 'poison', env: { TEST_ON_ERROR: 'dead-letter' } }

/** Letters by the place of their record; a record may have several. */
function byPlace(letters: readonly OriginalRecord[]): Map<string, OriginalRecord> {
  return new Map(letters.map((letter) => {
    const { facts } = readDeadLetterHeaders(letter.headers)!
    return [`${facts.partition}@${facts.offset}`, letter]
  }))
}

const isPoison = (line: string) => line.includes('TORN') || line.includes('BAD')

/** Lines of which every so manyth fails in one way or the other. */
function lines(count: number, seed: number): string[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, (_, i) => {
    const words = Array.from({ length: 1 + below(random, 6) }, () => `w${below(random, 50)}`)
    if (i % 97 === 5) words.push('TORN')
    if (i % 131 === 7) words.push('BAD')
    return words.join(' ')
  })
}

describe('records that fail', () => {
  afterEach(killLeftovers)

  it('become dead letters byte for byte, whatever they are made of', async () => {
    const { brokers, redisUrl, topic, catchUp, wrongCounts } = await scenario({ partitions: 1 })
    const odd = Buffer.from([0xff, 0x00, 0xfe])
    const records = [
      { key: null, value: 'TORN one', headers: [] },
      { key: odd, value: 'fine', headers: [] },
      { key: odd, value: odd, headers: [['a', odd], ['a', 'again'], ['a', null], ['', ''], [odd, odd]] as const },
      { key: 'k', value: null, headers: [['x-src-topic', 'not ours'], ['t', 'x']] as const },
      { key: '', value: 'BAD and good', headers: [] },
      { key: 'e', value: '', headers: [] },
    ]
    await produce(brokers, topic, records.map((record, i) => ({ ...record, timestamp: 1_700_000_000_000 + i })))
    expect(await catchUp([], deadLetters)).toMatchObject({ code: 0 })

    expect(await wrongCounts(countWords(['fine']))).toEqual([])
    expect(await storedFates(redisUrl, topic)).toEqual({ counted: 2, skipped: 0, deadLettered: 4, gaps: 0 })
    const letters = byPlace(await topicRecords(brokers, `${topic}.dead-letters`))
    const originals = await topicRecords(brokers, topic)
    expect(Array.from(letters.keys()).sort()).toEqual([0, 2, 3, 4].map((offset) => `${topic}/0@${offset}`))
    const facts = Array.from(letters, ([place, letter]) => {
      const original = originals.find(({ partition, offset }) => `${partition}@${offset}` === place)!
      const { own, facts } = readDeadLetterHeaders(letter.headers)!
      expect({ key: letter.key, value: letter.value, headers: own }).toEqual({ key: original.key, value: original.value, headers: original.headers })
      expect(facts.timestamp).toBe(original.timestamp)
      return facts
    }).sort((a, b) => a.offset - b.offset)
    expect(facts).toMatchObject([
      { component: 'split', errorClass: 'SyntaxError', message: 'torn: TORN one', attempts: 2, generation: 1 },
      { component: 'lines', errorClass: 'MR_RECORD_INVALID', attempts: 1 },
      { component: 'lines', errorClass: 'MR_RECORD_INVALID', attempts: 1 },
      { component: 'check', errorClass: 'RangeError', message: 'bad word', attempts: 2 },
    ])
    expect(facts.every(({ failedAtMs, stack }) => failedAtMs > 1_700_000_000_000 && stack.length <= 4096)).toBe(true)
  })

  it.each(['dead-letter', 'skip'])('leave the counts of all others exact through kill -9, with the policy %s', async (policy) => {
    const { brokers, redisUrl, topic, start, catchUp, wrongCounts } = await scenario()
    const how = { topology: 'poison', env: { TEST_ON_ERROR: policy } }
    const input = lines(60_000, 3)
    await load(brokers, topic, input)
    for (let kill = 0; kill < 6; kill++) {
      const millrace = start([], how)
      await delay(600 + 250 * kill)
      millrace.kill('SIGKILL')
      await millrace.ended
    }
    expect(await catchUp([], how)).toMatchObject({ code: 0 })
    // What is skipped is the tuple that fails: the whole line in the one bolt, the word in the other.
    const counted = policy === 'skip' ? input.filter((line) => !line.includes('TORN')).map((line) => line.replaceAll(' BAD', '')) : input.filter((line) => !isPoison(line))
    expect(await wrongCounts(countWords(counted))).toEqual([])
    const failed = input.filter(isPoison).length
    const lost = policy === 'skip' ? { skipped: failed, deadLettered: 0 } : { skipped: 0, deadLettered: failed }
    expect(await storedFates(redisUrl, topic)).toEqual({ counted: input.length - failed, ...lost, gaps: 0 })
    if (policy === 'skip') {
      expect(await topicNames(brokers)).not.toContain(`${topic}.dead-letters`)
      return
    }
    const letters = byPlace(await topicRecords(brokers, `${topic}.dead-letters`))
    expect(Array.from(letters.values(), ({ value }) => value!.toString()).sort()).toEqual(input.filter(isPoison).sort())
  })

  it('go without their bytes where the topic for them does not take these', async () => {
    const { brokers, redisUrl, topic, catchUp } = await scenario({ partitions: 1 })
    const own = `${topic}-rejects`
    await createTopic(brokers, own, 1, { 'max.message.bytes': '20000' })
    await produce(brokers, topic, [{ value: `TORN ${'x'.repeat(50_000)}`, headers: [['h', 'v']] }, { value: 'TORN small' }])
    expect(await catchUp(['--dead-letters', own], deadLetters)).toMatchObject({ code: 0 })
    const letters = byPlace(await topicRecords(brokers, own))
    const large = letters.get(`${topic}/0@0`)!
    expect([large.key, large.value]).toEqual([null, null])
    expect(readDeadLetterHeaders(large.headers)).toMatchObject({ own: [], facts: { component: 'split', omitted: expect.stringContaining('50005 bytes') as string } })
    expect(letters.get(`${topic}/0@1`)!.value!.toString()).toBe('TORN small')
    expect(await storedFates(redisUrl, topic)).toMatchObject({ counted: 0, deadLettered: 2 })
  })

  it('stop the topology with their place when the policy is to stop, until it is changed', async () => {
    const { brokers, redisUrl, topic, catchUp, wrongCounts } = await scenario({ partitions: 1 })
    const input = ['a b', 'a TORN', 'b BAD', 'c']
    await load(brokers, topic, input)
    const stopped = await catchUp([], { topology: 'poison' })
    expect(stopped).toMatchObject({ code: 1, stderr: expect.stringContaining('MR_BOLT_FAILED') as string })
    expect(stopped.stderr).toContain(`${topic}/0@1`)
    expect(await catchUp([], deadLetters)).toMatchObject({ code: 0 })
    expect(await wrongCounts(countWords(['a b', 'c']))).toEqual([])
    expect(await storedFates(redisUrl, topic)).toEqual({ counted: 2, skipped: 0, deadLettered: 2, gaps: 0 })
  })

  it('stop the topology when they are most records: not poison, another schema', async () => {
    const { brokers, redisUrl, topic, catchUp } = await scenario({ partitions: 1 })
    await load(brokers, topic, Array.from({ length: 400 }, () => 'TORN'))
    const ended = await catchUp([], deadLetters)
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('MR_TOO_MANY_DEAD_LETTERS') as string })
    expect((await storedFates(redisUrl, topic)).deadLettered).toBeLessThan(100)
  })
})
