import { createHash } from 'node:crypto'
import type { RedisConnection } from './redis-connection.ts'
import { RedisFault } from './redis-fault.ts'

/** A constant Lua text and the name Redis knows it by. What varies goes in as keys and arguments. */
export interface Script {
  readonly body: string
  readonly sha: string
}

export function script(body: string): Script {
  return { body, sha: createHash('sha1').update(body).digest('hex') }
}

/** Runs it by name; a Redis that does not know it (restarted, flushed, failed over) is given the text. */
export async function runScript(connection: RedisConnection, { body, sha }: Script, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<unknown> {
  const rest = [String(keys.length), ...keys, ...args]
  try {
    return await connection.call('EVALSHA', [sha, ...rest])
  } catch (error) {
    if (!(error instanceof RedisFault) || error.code !== 'NOSCRIPT') throw error
    return connection.call('EVAL', [body, ...rest])
  }
}
