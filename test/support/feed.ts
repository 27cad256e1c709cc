import { setTimeout as delay } from 'node:timers/promises'
import { hostileSentences } from './data/sentences.ts'
import { load } from './load.ts'

/** Sentences that flow into a topic while something else happens. */
export interface Feed {
  /** Ends the flow; answers all that was sent. */
  stop(): Promise<string[]>
}

export interface FeedOptions {
  /** Sentences of one portion. Default 2,000. */
  readonly portion?: number
  /** Default 100. */
  readonly everyMs?: number
  readonly seed?: number
}

export function startFeed(brokers: readonly string[], topic: string, options: FeedOptions = {}): Feed {
  const sent: string[] = []
  let stopped = false
  const flow = async (): Promise<void> => {
    for (let portion = 0; !stopped; portion++) {
      const sentences = [...hostileSentences(options.portion ?? 2000, (options.seed ?? 1) * 1_000_000 + portion)]
      await load(brokers, topic, sentences)
      sent.push(...sentences)
      await delay(options.everyMs ?? 100)
    }
  }
  const ended = flow()
  // told by `stop`
  ended.catch(() => {})
  return {
    async stop() {
      stopped = true
      await ended
      return sent
    },
  }
}
