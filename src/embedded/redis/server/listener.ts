import { createServer, type AddressInfo, type Socket } from 'node:net'
import { MillraceError } from '../../../errors.ts'
import type { Timer } from '../../../base/clock.ts'
import type { RunningServer } from '../../server.ts'
import type { Engine } from '../engine/engine.ts'
import { Connection } from './connection.ts'

const idleCheckMs = 1000

/** Accepts clients. Throws MR_PORT_TAKEN, MR_EMBEDDED_SERVER. */
export async function listen(engine: Engine, host: string, port: number): Promise<RunningServer> {
  const connections = new Set<Connection>()
  const server = createServer({ allowHalfOpen: true }, (socket) => accept(socket))
  let idleTimer: Timer | undefined

  function accept(socket: Socket): void {
    if (connections.size >= engine.settings.get('maxclients')) {
      engine.figures.connectionsRejected++
      socket.on('error', () => {})
      socket.write('-ERR max number of clients reached\r\n')
      socket.destroySoon()
      return
    }
    const connection = new Connection(socket, engine, () => void connections.delete(connection))
    connections.add(connection)
    idleTimer ??= engine.clock.setTimer(idleCheckMs, closeIdle, false)
  }

  /** The setting `timeout`. Clients that listen to channels or wait for a key are not idle. */
  function closeIdle(): void {
    const idleMs = engine.settings.get('timeout') * 1000
    const now = engine.clock.now()
    for (const { client } of connections) {
      if (idleMs > 0 && client.subscriptions === 0 && client.endWait === undefined && now - client.activeMs > idleMs) client.connection?.close(false)
    }
    idleTimer = connections.size === 0 ? undefined : engine.clock.setTimer(idleCheckMs, closeIdle, false)
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, host, port)))
    server.listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo
  return {
    host: address.address,
    port: address.port,
    async close() {
      idleTimer?.cancel()
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
      for (const connection of connections) connection.end()
      await closed
    },
  }
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): MillraceError {
  const place = { at: `${host}:${port}` }
  if (error.code === 'EADDRINUSE') {
    return new MillraceError('MR_PORT_TAKEN', `port ${port} is taken`, { place, remedy: 'name another port, or leave it out for a free one' })
  }
  return new MillraceError('MR_EMBEDDED_SERVER', `the Redis server cannot listen: ${error.message}`, { place, cause: error, remedy: 'give an address of this machine and a port you may use' })
}
