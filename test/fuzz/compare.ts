import type { Redis } from 'ioredis'
import { anything, type Expected } from './oracle.ts'

const mostShown = 10

/** Compares every key of the database but those of `ownPrefix` and the given ones. Empty when all are right and no other is there. */
export async function differences(redis: Redis, expected: Expected, ownPrefix: string, given: ReadonlySet<string>): Promise<string[]> {
  const wrong: string[] = []
  const differs = (what: string): void => void (wrong.length <= mostShown && wrong.push(what.slice(0, 200)))
  const left = new Set(expected.keys())
  for await (const keys of redis.scanStream({ count: 1_000 }) as AsyncIterable<string[]>) {
    for (const key of new Set(keys)) {
      if (key.startsWith(ownPrefix) || given.has(key)) continue
      const right = expected.get(key)
      if (!left.delete(key)) {
        if (right === undefined) differs(`${JSON.stringify(key)} must not be there`)
        continue
      }
      if ('list' in right!) {
        const found = await redis.lrange(key, 0, -1)
        if (found.length !== right.list.size || !found.every((item) => right.list.has(item))) differs(`${JSON.stringify(key)} holds ${found.length} items instead of ${right.list.size}, or others`)
      } else await compareHash(redis, key, right!.hash, differs)
    }
  }
  for (const key of left) differs(`${JSON.stringify(key)} is missing`)
  return wrong
}

async function compareHash(redis: Redis, key: string, right: ReadonlyMap<string, string | { readonly number: number } | typeof anything>, differs: (what: string) => void): Promise<void> {
  // The plain reply: an object would have trouble with some of the fields.
  const reply = (await redis.call('HGETALL', key)) as string[]
  if (reply.length !== 2 * right.size) differs(`${JSON.stringify(key)} has ${reply.length / 2} fields instead of ${right.size}`)
  for (let i = 0; i < reply.length; i += 2) {
    const wanted = right.get(reply[i]!)
    const found = reply[i + 1]!
    if (wanted === anything) continue
    const same = typeof wanted === 'object' ? Number(found) === wanted.number : wanted === found
    if (!same) differs(`${JSON.stringify(key)}, ${JSON.stringify(reply[i])}: ${found} instead of ${wanted === undefined ? 'nothing' : JSON.stringify(wanted)}`)
  }
}
