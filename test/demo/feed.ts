import { setTimeout as delay } from 'node:timers/promises'
import type { EndlessBook } from './endless-book.ts'

/** What the feed needs of a producer. */
export interface FeedProducer {
  /** A promise means: wait before the next one. */
  push(record: { readonly topic: string; readonly partition: number; readonly value: string }): Promise<void> | undefined
  flush(): Promise<void>
}

export interface FeedOptions {
  readonly producer: FeedProducer
  readonly topic: string
  readonly book: EndlessBook
  /** End offset of every partition: where the feed goes on. Raised with every line. */
  readonly ends: number[]
  /** How many to send. */
  readonly lines: number
  readonly perSecond: number
  /** Ends it early. */
  readonly signal: AbortSignal
}

const everyMs = 50

/** Sends lines of the book in turn to all partitions; resolves when all are acknowledged. */
export async function feed({ producer, topic, book, ends, lines, perSecond, signal }: FeedOptions): Promise<void> {
  const begin = performance.now()
  for (let sent = 0; sent < lines && !signal.aborted;) {
    const due = Math.min(lines, perSecond === Infinity ? sent + 10_000 : Math.ceil(((performance.now() - begin) / 1000) * perSecond))
    for (; sent < due && !signal.aborted; sent++) {
      // The one that is behind, so that a feed that was killed goes on in the order of the book.
      const partition = ends.indexOf(Math.min(...ends))
      const full = producer.push({ topic, partition, value: book.line(partition, ends[partition]!) })
      ends[partition]!++
      if (full !== undefined) await full
    }
    await delay(perSecond === Infinity ? 0 : everyMs, undefined, { signal }).catch(() => {})
  }
  await producer.flush()
}
