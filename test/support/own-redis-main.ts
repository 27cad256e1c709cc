import { systemClock } from '../../src/base/clock.ts'
import { pinoLogger } from '../../src/base/pino-logger.ts'
import { startRedisServer } from '../../src/embedded/redis/redis-server.ts'
import type { RedisServerOptions } from '../../src/embedded/redis/redis-server.ts'
import { ownServerReady } from './own-servers.ts'

/** The Redis of millrace in a process of its own, so that a test can kill it. Its options are the argument, as JSON. */
const server = await startRedisServer(JSON.parse(process.argv[2]!) as RedisServerOptions, { clock: systemClock, logger: pinoLogger({ level: 'warn' }) })
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)))
console.log(ownServerReady)
