import type { Redis } from 'ioredis'
import { load } from '../../support/load.ts'
import { waitUntil } from '../../support/wait-until.ts'
import type { Servers } from '../servers.ts'
import { probe } from './values.ts'

/** Resolves when the words of every partition are being counted: the threads of a contestant begin at different times. */
export async function untilReading(redis: Redis, { brokers }: Servers, topic: string, partitions: number): Promise<void> {
  await load(brokers, topic, Array.from({ length: partitions }, () => probe))
  await waitUntil('all partitions being read', async () => Number(await redis.hget('words', probe)) === partitions)
}
