import { Redis } from 'ioredis'
import { setTimeout as delay } from 'node:timers/promises'
import { sentences } from '../../support/data/sentences.ts'
import { load } from '../../support/load.ts'
import { replaceTopic } from '../../support/topics.ts'
import { startContestant } from '../contestant-process.ts'
import type { Contestant } from '../contestants.ts'
import { nowMs } from '../paced/schedule.ts'
import type { Servers } from '../servers.ts'

const topic = 'sentences'
const partitions = 8
const lookEveryMs = 1

/** Something for the contestants to find when they start. */
export async function loadSome({ brokers }: Servers): Promise<void> {
  await replaceTopic(brokers, topic, partitions)
  await load(brokers, topic, sentences(1000))
}

/** Process spawned → the first count is in Redis, in ms; nobody has counted here before. */
export async function coldStart({ command, threads, style }: Contestant, servers: Servers): Promise<number> {
  const redis = new Redis(servers.redisUrl)
  await redis.flushall()
  const spawnedAt = nowMs()
  const running = startContestant(command, { job: 'word-count', topic, partitions, ...servers, threads, style, endless: true })
  try {
    while (await redis.exists('words') === 0) {
      running.throwIfEnded()
      await delay(lookEveryMs)
    }
    return nowMs() - spawnedAt
  } finally {
    await running.kill()
    redis.disconnect()
  }
}
