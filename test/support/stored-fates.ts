import { Redis } from 'ioredis'

export interface TotalFates {
  readonly counted: number
  readonly skipped: number
  readonly deadLettered: number
  readonly gaps: number
}

/** Fates of all records of a topology; throws where they do not add up to the offsets passed. */
export async function storedFates(redisUrl: string, topology: string): Promise<TotalFates> {
  const redis = new Redis(redisUrl)
  try {
    // One moment for both.
    const [[, fates], [, offsets]] = (await redis.multi().hgetall(`{${topology}}:fates`).hgetall(`{${topology}}:offsets`).exec()) as [[null, Record<string, string>], [null, Record<string, string>]]
    const total = { counted: 0, skipped: 0, deadLettered: 0, gaps: 0 }
    for (const [partition, text] of Object.entries(fates)) {
      const [counted, skipped, deadLettered, gaps, from] = text.match(/\d+/g)!.map(Number) as [number, number, number, number, number]
      const next = Number(offsets[partition]!.split('|')[0])
      if (counted + skipped + deadLettered + gaps !== next - from) throw new Error(`${partition}: ${text}, but next is ${next}`)
      total.counted += counted
      total.skipped += skipped
      total.deadLettered += deadLettered
      total.gaps += gaps
    }
    return total
  } finally {
    redis.disconnect()
  }
}
