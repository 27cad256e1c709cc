import { silentLogger } from '../../src/base/logger.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { Client } from '../../src/embedded/redis/client/client.ts'
import { allCommands } from '../../src/embedded/redis/command/command-table.ts'
import { Engine } from '../../src/embedded/redis/engine/engine.ts'
import { Keyspace } from '../../src/embedded/redis/keyspace/keyspace.ts'
import { Settings } from '../../src/embedded/redis/settings/settings.ts'

/** A Redis without sockets, disk and time of its own. */
export interface RedisEngine {
  readonly engine: Engine
  readonly clock: ManualClock
  /** Runs a command as the one client there is, and answers the reply's bytes. */
  run(...args: readonly string[]): string
  /** Every key with what makes it anew, in an order of its own. */
  content(): readonly string[]
}

export function newRedisEngine(written: Readonly<Record<string, string>> = {}, clock = new ManualClock()): RedisEngine {
  const settings = new Settings(written)
  const keyspace = new Keyspace(settings.get('databases'), clock)
  const engine = new Engine({ settings, keyspace, table: allCommands(), clock, logger: silentLogger })
  const client = new Client(1, engine.users.default, keyspace.databases[0]!, clock.now(), true)
  return {
    engine,
    clock,
    run(...args) {
      engine.execute(client, args)
      client.endWait?.()
      return Buffer.concat(client.writer.take()).toString('latin1')
    },
    content: () => contentOf(keyspace),
  }
}

export function contentOf(keyspace: Keyspace): readonly string[] {
  const content: string[] = []
  for (const database of keyspace.databases) {
    for (const [key, value] of database.entries()) {
      const commands = [...value.rebuild(key)]
      // Sets have no order.
      const parts = value.type === 'set' ? commands.flatMap((args) => args.slice(2)).sort() : commands
      content.push(JSON.stringify([database.index, key, value.type, String(value.expiresAtMs), parts]))
    }
  }
  return content.sort()
}
