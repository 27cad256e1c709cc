import { Redis } from 'ioredis'

/** Compares a hash of counts with the right ones, key by key; empty when all are right and no other is there. */
export async function wrongCounts(redisUrl: string, key: string, right: ReadonlyMap<string, number>): Promise<string[]> {
  const found = await readCounts(redisUrl, key)
  const wrong: string[] = []
  for (const [word, count] of right) {
    if (found.get(word) !== count) wrong.push(`${JSON.stringify(word)}: ${found.get(word) ?? 'missing'} instead of ${count}`)
  }
  for (const [word, count] of found) {
    if (!right.has(word)) wrong.push(`${JSON.stringify(word)}: ${count}, which never occurred`)
  }
  return wrong.length <= shownFaults ? wrong : [...wrong.slice(0, shownFaults), `… and ${wrong.length - shownFaults} more`]
}

/** Counts that are higher than the right ones, and those of what never occurred. */
export async function countsTooHigh(redisUrl: string, key: string, right: ReadonlyMap<string, number>): Promise<string[]> {
  return [...await readCounts(redisUrl, key)].flatMap(([word, count]) => (count > (right.get(word) ?? 0) ? [`${JSON.stringify(word)}: ${count} instead of ${right.get(word) ?? 0}`] : []))
}

const shownFaults = 10

/** Sum over all counts; 0 while Redis does not answer. */
export async function totalCount(redisUrl: string, key: string): Promise<number> {
  try {
    return [...(await readCounts(redisUrl, key)).values()].reduce((sum, count) => sum + count, 0)
  } catch {
    return 0
  }
}

async function readCounts(redisUrl: string, key: string): Promise<Map<string, number>> {
  const redis = new Redis(redisUrl, { lazyConnect: true, retryStrategy: () => null, enableOfflineQueue: true })
  redis.on('error', () => {})
  try {
    // the plain reply: an object would have trouble with some of the words
    const reply = (await redis.call('HGETALL', key)) as string[]
    return new Map(Array.from({ length: reply.length / 2 }, (_, i) => [reply[2 * i]!, Number(reply[2 * i + 1])]))
  } finally {
    redis.disconnect()
  }
}
