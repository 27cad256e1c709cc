import type { Redis } from 'ioredis'
import type { JobName } from './assignment.ts'

/** The work of a job as one would write it by hand: counts in memory, which somebody writes to Redis now and then. */
export interface Counter {
  /** Answers a promise only when the record must wait for Redis. */
  add(value: Buffer): undefined | Promise<void>
  /** Writes what has been counted since the last call. */
  flush(): Promise<void>
}

export interface Cell {
  n: number
}
export type Words = ReadonlyMap<string, Cell>
/** Views by campaign and start of the window. */
export type Views = ReadonlyMap<string, ReadonlyMap<number, Cell>>

/** How counts are added to what Redis holds. */
export interface Writer {
  words(counts: Words): Promise<void>
  views(counts: Views): Promise<void>
}

const windowMs = 10_000

export function counterOf(job: JobName, redis: Redis, writer: Writer): Counter {
  return job === 'word-count' ? wordCounter(writer) : viewCounter(redis, writer)
}

function wordCounter(writer: Writer): Counter {
  let counts = new Map<string, Cell>()
  return {
    add(value) {
      for (const word of value.toString().split(' ')) {
        const cell = counts.get(word)
        if (cell === undefined) counts.set(word, { n: 1 })
        else cell.n++
      }
      return undefined
    },
    async flush() {
      const flushed = counts
      counts = new Map()
      if (flushed.size > 0) await writer.words(flushed)
    },
  }
}

function viewCounter(redis: Redis, writer: Writer): Counter {
  const campaignOf = new Map<string, string>()
  let counts = new Map<string, Map<number, Cell>>()
  const count = (campaign: string, time: string): void => {
    const start = Math.floor(Number(time) / windowMs) * windowMs
    let windows = counts.get(campaign)
    if (windows === undefined) counts.set(campaign, (windows = new Map()))
    const cell = windows.get(start)
    if (cell === undefined) windows.set(start, { n: 1 })
    else cell.n++
  }
  const look = async (ad: string, time: string): Promise<void> => {
    const campaign = (await redis.get(ad))!
    campaignOf.set(ad, campaign)
    count(campaign, time)
  }
  return {
    add(value) {
      const event = JSON.parse(value.toString()) as { ad_id: string; event_type: string; event_time: string }
      if (event.event_type !== 'view') return undefined
      const campaign = campaignOf.get(event.ad_id)
      if (campaign === undefined) return look(event.ad_id, event.event_time)
      count(campaign, event.event_time)
      return undefined
    },
    async flush() {
      const flushed = counts
      counts = new Map()
      if (flushed.size > 0) await writer.views(flushed)
    },
  }
}
