import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { startServerProcess } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'

export const installRedis = 'install Redis, for example with `apt-get install redis-server`'

export interface RedisServerOptions {
  /** Settings by Redis's own names, for example `{ appendonly: 'yes', appendfsync: 'always' }`. */
  readonly config?: Readonly<Record<string, string>>
}

/** A real Redis on a free port, with a temporary folder; it keeps nothing on disk unless told to. */
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
  const port = await freePort()
  const dir = await mkdtemp(join(tmpdir(), 'millrace-redis-'))
  const settings = { port: String(port), bind: '127.0.0.1', dir, save: '', appendonly: 'no', daemonize: 'no', logfile: '', ...options.config }
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
        command: 'redis-server',
        args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
        install: installRedis,
        logFile: join(dir, 'server.log'),
        ready: 'Ready to accept connections',
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
