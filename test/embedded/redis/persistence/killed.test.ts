import { expect, it } from 'vitest'
import { RawRedis } from '../../../support/raw-redis.ts'
import type { RawReply } from '../../../support/raw-redis.ts'
import { startRedis } from '../../../support/redis-server.ts'
import type { RedisServer } from '../../../support/redis-server.ts'

const script = "redis.call('HINCRBY', KEYS[1], 'left', 1) redis.call('HINCRBY', KEYS[1], 'right', 1) return redis.call('INCR', KEYS[2])"
/** Each does three changes that belong together, and answers how often it was done. */
const transaction = [['MULTI'], ['INCR', 'left'], ['INCR', 'right'], ['INCR', 'done'], ['EXEC']]
const scripted = [['EVAL', script, '2', 'hash', 'scripted']]

/** Does it again and again, several at a time, until the connection breaks; the last that was acknowledged. */
async function repeat(port: number, commands: readonly (readonly string[])[], answer: (replies: readonly RawReply[]) => number, acknowledged: (count: number) => void): Promise<void> {
  const redis = await RawRedis.open(port)
  try {
    for (;;) acknowledged(answer(await redis.send([...commands, ...commands, ...commands])))
  } catch {
    // It was killed.
  } finally {
    redis.close()
  }
}

const ofTransaction = (replies: readonly RawReply[]): number => Number((replies.at(-1)!.value as readonly RawReply[])[2]!.value)
const ofScript = (replies: readonly RawReply[]): number => Number(replies.at(-1)!.value)

async function numbers(server: RedisServer): Promise<{ readonly left: number; readonly right: number; readonly done: number; readonly hashLeft: number; readonly hashRight: number; readonly scripted: number }> {
  const redis = await RawRedis.open(server.port)
  const replies = await redis.send([['GET', 'left'], ['GET', 'right'], ['GET', 'done'], ['HGET', 'hash', 'left'], ['HGET', 'hash', 'right'], ['GET', 'scripted']])
  redis.close()
  const [left = 0, right = 0, done = 0, hashLeft = 0, hashRight = 0, scripted = 0] = replies.map(({ value }) => Number(value ?? 0))
  return { left, right, done, hashLeft, hashRight, scripted }
}

it.each(['always', 'everysec', 'no'])('a Redis killed again and again under appendfsync %s has every acknowledged change, none twice, and no half of one', async (appendfsync) => {
  // Small enough for snapshots to be under way when it is killed.
  const server = await startRedis({ own: true, config: { appendonly: 'yes', appendfsync, 'auto-aof-rewrite-min-size': '20000', 'auto-aof-rewrite-percentage': '50' } })
  try {
    let sum = 0
    for (const answers of [1, 60, 400]) {
      const before = await numbers(server)
      let transactions = before.done
      let scripts = before.scripted
      let left = answers
      const enough = Promise.withResolvers<void>()
      const answered = (): void => {
        if (--left === 0) enough.resolve()
      }
      const transact = (count: number): void => {
        transactions = Math.max(transactions, count)
        answered()
      }
      const clients = [
        repeat(server.port, transaction, ofTransaction, transact),
        repeat(server.port, transaction, ofTransaction, transact),
        repeat(server.port, scripted, ofScript, (count) => {
          scripts = Math.max(scripts, count)
          answered()
        }),
      ]
      await enough.promise
      await server.kill()
      await Promise.all(clients)
      await server.start()
      const after = await numbers(server)
      expect(after.done).toBeGreaterThanOrEqual(transactions)
      expect(after.scripted).toBeGreaterThanOrEqual(scripts)
      // At most what was under way: three of each client.
      expect(after.done).toBeLessThanOrEqual(transactions + 6)
      expect(after.scripted).toBeLessThanOrEqual(scripts + 3)
      expect(after).toMatchObject({ left: after.done, right: after.done, hashLeft: after.scripted, hashRight: after.scripted })
      sum = after.done + after.scripted
    }
    expect(sum).toBeGreaterThan(50)
  } finally {
    await server.stop()
  }
}, 60_000)
