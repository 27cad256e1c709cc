import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { RunningServer } from '../server.ts'
import { allCommands } from './command/command-table.ts'
import { Engine } from './engine/engine.ts'
import { Keyspace } from './keyspace/keyspace.ts'
import { listen } from './server/listener.ts'
import { Settings } from './settings/settings.ts'

export interface RedisServerOptions {
  /** Keeps the data over a restart; made when it is not there. Without it everything is in memory only. */
  readonly dir?: string
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default: a free one. */
  readonly port?: number
  /** By Redis's names: appendonly, appendfsync, requirepass, maxmemory, maxmemory-policy and so on. */
  readonly settings?: Readonly<Record<string, string>>
}

/** A small Redis, listening when it resolves. Throws MR_OPTIONS_INVALID, MR_PORT_TAKEN, MR_EMBEDDED_SERVER. */
export async function startRedisServer(options: RedisServerOptions, { clock, logger }: { readonly clock: Clock; readonly logger: Logger }): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 0 } = options
  const settings = new Settings(options.settings ?? {})
  const keyspace = new Keyspace(settings.get('databases'), clock)
  const engine = new Engine({ settings, keyspace, table: allCommands(), clock, logger })
  await engine.scripts.start(engine)
  const server = await listen(engine, host, port)
  return {
    host: server.host,
    port: server.port,
    async close() {
      await server.close()
      keyspace.close()
      await engine.changeLog.close()
    },
  }
}
