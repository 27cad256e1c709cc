import type { Redis } from 'ioredis'
import type { Writer } from './counting.ts'

/** Arguments of one call; more would not fit into the call of a function. */
const argumentsPerCall = 60_000

/** Counts go to Redis as the arguments of a script: the fastest way there is by hand. */
export function scriptWriter(redis: Redis): Writer {
  const call = async (script: string, first: readonly (string | number)[], args: readonly (string | number)[]): Promise<void> => {
    for (let at = 0; at < args.length; at += argumentsPerCall) await redis.eval(script, 0, ...first, ...args.slice(at, at + argumentsPerCall))
  }
  return {
    async words(counts) {
      const args: (string | number)[] = []
      for (const [word, cell] of counts) args.push(word, cell.n)
      await call(addWords, [], args)
    },
    async views(counts) {
      const args: (string | number)[] = []
      for (const [campaign, windows] of counts) {
        for (const [start, cell] of windows) args.push(campaign, start, cell.n)
      }
      await call(addViews, [Date.now()], args)
    },
  }
}

const addWords = `
  for i = 1, #ARGV, 2 do redis.call('HINCRBY', 'words', ARGV[i], ARGV[i + 1]) end
`

const addViews = `
  for i = 2, #ARGV, 3 do
    local campaign, start = ARGV[i], ARGV[i + 1]
    local window = campaign .. ':' .. start
    if redis.call('HSETNX', campaign, start, window) == 1 then
      redis.call('HSETNX', campaign, 'windows', campaign .. ':windows')
      redis.call('LPUSH', campaign .. ':windows', start)
    end
    redis.call('HINCRBY', window, 'seen_count', ARGV[i + 2])
    redis.call('HSET', window, 'time_updated', ARGV[1])
  end
`
