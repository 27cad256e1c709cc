import { enableCompileCache } from 'node:module'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../base/clock.ts'
import { pinoLogger } from '../../base/pino-logger.ts'
import { asMillraceError } from '../../errors.ts'
import type { RunningServer } from '../server.ts'
import type { FromServer, ServerStart } from './protocol.ts'

/** The main of a server thread. */
if (isMainThread || parentPort === null) throw new Error('this module is started by millrace in a thread of its own')

const port = parentPort
const post = (message: FromServer): void => port.postMessage(message)

try {
  const server = await start(workerData as ServerStart)
  // Closing the port lets the thread end by itself, after all that was outstanding.
  port.once('message', () => void close(server))
  post({ kind: 'listening', host: server.host, port: server.port })
} catch (error) {
  fail(error)
}

/** Each server is loaded only where it runs. */
async function start({ server, options, log }: ServerStart): Promise<RunningServer> {
  enableCompileCache()
  const host = { clock: systemClock, logger: pinoLogger(log).child({ server }) }
  if (server === 'kafka') return (await import('../kafka/broker.ts')).startBroker(options, host)
  return (await import('../redis/redis-server.ts')).startRedisServer(options, { ...host, ended: fail })
}

async function close(server: RunningServer): Promise<void> {
  try {
    await server.close()
    port.close()
  } catch (error) {
    fail(error)
  }
}

function fail(error: unknown): void {
  post({ kind: 'failed', error: asMillraceError(error, 'MR_EMBEDDED_SERVER').toData() })
  port.close()
}
