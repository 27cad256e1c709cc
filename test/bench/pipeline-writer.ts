import type { Redis } from 'ioredis'
import type { Writer } from './counting.ts'

/** Counts go to Redis as single commands, many on their way at once: what most people would write. */
export function pipelineWriter(redis: Redis): Writer {
  return {
    async words(counts) {
      const pipeline = redis.pipeline()
      for (const [word, cell] of counts) pipeline.hincrby('words', word, cell.n)
      await pipeline.exec()
    },
    async views(counts) {
      const now = Date.now()
      const marking = redis.pipeline()
      const marked: { readonly campaign: string; readonly start: number }[] = []
      const adding = redis.pipeline()
      for (const [campaign, windows] of counts) {
        for (const [start, cell] of windows) {
          const window = `${campaign}:${start}`
          marking.hsetnx(campaign, String(start), window)
          marked.push({ campaign, start })
          adding.hincrby(window, 'seen_count', cell.n)
          adding.hset(window, 'time_updated', now)
        }
      }
      const answers = (await marking.exec())!
      for (const [index, { campaign, start }] of marked.entries()) {
        if (answers[index]![1] !== 1) continue
        adding.hsetnx(campaign, 'windows', `${campaign}:windows`)
        adding.lpush(`${campaign}:windows`, start)
      }
      await adding.exec()
    },
  }
}
