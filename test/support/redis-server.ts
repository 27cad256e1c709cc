import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { nodeOn, ownServerReady, ownServers } from './own-servers.ts'
import { startServerProcess } from './server-process.ts'
import type { ServerProcess, ServerProcessOptions } from './server-process.ts'

export const installRedis = 'install Redis, for example with `apt-get install redis-server`'

export interface RedisServerOptions {
  /** Settings by Redis's own names, for example `{ appendonly: 'yes', appendfsync: 'always' }`. */
  readonly config?: Readonly<Record<string, string>>
  /** The Redis of millrace instead of redis-server. Default: what the project of the tests says. */
  readonly own?: boolean
}

/** A Redis on a free port, with a temporary folder; it keeps nothing on disk unless told to. */
export interface RedisServer {
  readonly url: string
  readonly port: number
  /** Process id, while it runs. */
  readonly pid: number | undefined
  /** Ends it with -9. The data on disk stay. */
  kill(): Promise<void>
  /** Starts it again on the same port and data; resolves when it has loaded them. */
  start(): Promise<void>
  /** Ends it and removes the data. */
  stop(): Promise<void>
}

export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const own = options.own ?? ownServers()
  const port = await freePort()
  const dir = await mkdtemp(join(tmpdir(), 'millrace-redis-'))
  const password = options.config?.['requirepass']
  let running: ServerProcess | undefined
  const server: RedisServer = {
    url: `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}127.0.0.1:${port}`,
    port,
    get pid() {
      return running?.pid
    },
    async kill() {
      await running?.kill()
      running = undefined
    },
    async start() {
      running ??= await startServerProcess({
        ...(own ? ownRedis(port, dir, options.config) : installedRedis(port, dir, options.config)),
        install: installRedis,
        logFile: join(dir, 'server.log'),
        readyTimeoutMs: 30_000,
        dir,
      })
    },
    async stop() {
      await server.kill()
      await rm(dir, { recursive: true, force: true })
    },
  }
  try {
    await server.start()
  } catch (error) {
    await server.stop()
    throw error
  }
  return server
}

type Start = Pick<ServerProcessOptions, 'command' | 'args' | 'ready'>

function installedRedis(port: number, dir: string, config: RedisServerOptions['config']): Start {
  const settings = { port: String(port), bind: '127.0.0.1', dir, save: '', appendonly: 'no', daemonize: 'no', logfile: '', ...config }
  return { command: 'redis-server', args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]), ready: 'Ready to accept connections' }
}

function ownRedis(port: number, dir: string, config: RedisServerOptions['config']): Start {
  const { command, args } = nodeOn('test/support/own-redis-main.ts')
  return { command, args: [...args, JSON.stringify({ port, dir: join(dir, 'data'), settings: config ?? {} })], ready: ownServerReady }
}
