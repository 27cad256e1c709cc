import type { Redis } from 'ioredis'
import { adEvents, adWorld, countViews } from '../support/data/ads.ts'
import { countWords, sentences } from '../support/data/sentences.ts'
import { load } from '../support/load.ts'
import { createTopic } from '../support/topics.ts'
import type { JobName } from './assignment.ts'

/** What all contestants do with the same data, and how their results are judged. */
export interface Job {
  readonly name: JobName
  readonly topic: string
  readonly partitions: number
  readonly records: number
  /** Creates the topic and puts the records into it. */
  load(brokers: readonly string[]): Promise<void>
  /** Puts what the job needs into an empty Redis. */
  prepare(redis: Redis): Promise<void>
  /** A quick look that can only be true near the end; `faults` then has the last word. */
  looksDone(redis: Redis): Promise<boolean>
  /** Compares every key with an independent recount; empty when all is right. */
  faults(redis: Redis): Promise<string[]>
}

const partitions = 8

export function wordCountJob(records: number): Job {
  const topic = 'sentences'
  const right = countWords(sentences(records))
  const total = sum(right.values())
  return {
    name: 'word-count',
    topic,
    partitions,
    records,
    async load(brokers) {
      await createTopic(brokers, topic, partitions)
      await load(brokers, topic, sentences(records))
    },
    prepare: async () => {},
    looksDone: async (redis) => sum((await redis.hvals('words')).map(Number)) === total,
    faults: async (redis) => compare(right, toCounts(await redis.hgetall('words'))),
  }
}

/** `everyMs` sets how many windows the events fall into, so how much of the work is Redis's. */
export function adsJob(records: number, everyMs: number): Job {
  const topic = 'ad-events'
  const world = adWorld()
  const right = new Map<string, number>()
  let lastStart = 0
  for (const [campaign, windows] of countViews(world, adEvents(world, records, { everyMs }))) {
    for (const [start, count] of windows) {
      right.set(`${campaign} ${start}`, count)
      lastStart = Math.max(lastStart, start)
    }
  }
  return {
    name: 'ads',
    topic,
    partitions,
    records,
    async load(brokers) {
      await createTopic(brokers, topic, partitions)
      await load(brokers, topic, jsonLines(adEvents(world, records, { everyMs })))
    },
    async prepare(redis) {
      await redis.sadd('campaigns', ...world.campaigns)
      await redis.mset(new Map(world.campaignOf))
    },
    /** Every partition ends in the last window, so it is right only when all of them were read to their ends. */
    async looksDone(redis) {
      const cells = await Promise.all(world.campaigns.map(async (campaign) => {
        const window = await redis.hget(campaign, String(lastStart))
        return window === null ? 0 : Number(await redis.hget(window, 'seen_count'))
      }))
      return world.campaigns.every((campaign, index) => cells[index] === (right.get(`${campaign} ${lastStart}`) ?? 0))
    },
    async faults(redis) {
      const found = new Map<string, number>()
      const faults: string[] = []
      for (const campaign of world.campaigns) {
        const { windows, ...starts } = await redis.hgetall(campaign)
        const listed = windows === undefined ? [] : await redis.lrange(windows, 0, -1)
        const lists = new Set(listed)
        if (listed.length !== lists.size) faults.push(`${campaign}: a window is listed twice`)
        const pipeline = redis.pipeline()
        for (const [start, window] of Object.entries(starts)) {
          pipeline.hmget(window, 'seen_count', 'time_updated')
          if (!lists.has(start)) faults.push(`${campaign} ${start}: not in the list of windows`)
        }
        const answers = (await pipeline.exec())!
        for (const [index, start] of Object.keys(starts).entries()) {
          const [count, updated] = answers[index]![1] as [string | null, string | null]
          if (updated === null) faults.push(`${campaign} ${start}: no time_updated`)
          found.set(`${campaign} ${start}`, Number(count))
        }
        if (listed.length !== Object.keys(starts).length) faults.push(`${campaign}: ${listed.length} windows listed, ${Object.keys(starts).length} there`)
      }
      return [...compare(right, found), ...faults]
    },
  }
}

function* jsonLines(values: Iterable<unknown>): Generator<string> {
  for (const value of values) yield JSON.stringify(value)
}

function compare(right: ReadonlyMap<string, number>, found: ReadonlyMap<string, number>): string[] {
  const faults: string[] = []
  for (const [key, count] of right) {
    const got = found.get(key)
    if (got !== count) faults.push(`${key}: ${got ?? 'missing'} instead of ${count}`)
  }
  for (const [key, count] of found) {
    if (!right.has(key)) faults.push(`${key}: ${count}, which never occurred`)
  }
  return faults
}

function toCounts(hash: Readonly<Record<string, string>>): Map<string, number> {
  return new Map(Object.entries(hash).map(([key, count]) => [key, Number(count)]))
}

function sum(numbers: Iterable<number>): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}
