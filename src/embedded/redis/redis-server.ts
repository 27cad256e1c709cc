import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { asMillraceError } from '../../errors.ts'
import type { MillraceError } from '../../errors.ts'
import type { RunningServer } from '../server.ts'
import { allCommands } from './command/command-table.ts'
import { applySettings } from './engine/apply-settings.ts'
import { Engine } from './engine/engine.ts'
import { Keyspace } from './keyspace/keyspace.ts'
import { JournalLog } from './persistence/journal-log.ts'
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

/** What a Redis is run by. */
export interface RedisHost {
  readonly clock: Clock
  readonly logger: Logger
  /** Called when it has ended without `close`: by SHUTDOWN, or by a script that could not be left half done. */
  readonly ended?: (cause: MillraceError) => void
}

/**
 * A small Redis, listening when it resolves. With a `dir` changes are logged there, unless `appendonly` is
 * `no`. Throws MR_OPTIONS_INVALID, MR_PORT_TAKEN, MR_EMBEDDED_SERVER, MR_DIRECTORY_IN_USE, MR_JOURNAL_CORRUPT, MR_JOURNAL_IO.
 */
export async function startRedisServer(options: RedisServerOptions, { clock, logger, ended }: RedisHost): Promise<RunningServer> {
  const { dir, host = '127.0.0.1', port = 0 } = options
  const settings = new Settings({ ...(dir === undefined ? {} : { dir, appendonly: 'yes' }), ...options.settings })
  const keyspace = new Keyspace(settings.get('databases'), clock)
  const engine = new Engine({ settings, keyspace, table: allCommands(), clock, logger })
  applySettings(engine)
  if (dir !== undefined) engine.changeLog = await JournalLog.open({ dir, settings, keyspace, clock, logger, replay: (command) => engine.replay(command) })
  try {
    await engine.scripts.start(engine)
    const server = await listen(engine, host, port)
    settings.note('bind', server.host)
    settings.note('port', server.port)
    let closing: Promise<void> | undefined
    const close = (): Promise<void> => closing ??= closeAll(server, engine)
    engine.stop = (cause) => {
      logger.info('the server ends by itself', { reason: cause.message })
      close().then(() => ended?.(cause), (error: unknown) => ended?.(asMillraceError(error, 'MR_EMBEDDED_SERVER')))
    }
    return { host: server.host, port: server.port, close }
  } catch (error) {
    await stop(engine)
    throw error
  }
}

async function closeAll(server: RunningServer, engine: Engine): Promise<void> {
  try {
    await server.close()
  } finally {
    await stop(engine)
  }
}

async function stop({ keyspace, changeLog }: Engine): Promise<void> {
  keyspace.close()
  await changeLog.close()
}
