import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** Stands between a client and Redis, and loses replies when told to. */
export interface CuttingProxy {
  readonly url: string
  /** The next reply is thrown away and the connection cut, so that the client cannot know what became of its command. */
  loseNextReply(): void
  /** How many replies were lost. */
  readonly lost: number
  close(): Promise<void>
}

export async function cuttingProxy(port: number): Promise<CuttingProxy> {
  const open = new Set<Socket>()
  let armed = false
  let lost = 0
  const server = createServer((client) => {
    const redis = connect(port, '127.0.0.1')
    const cut = (): void => {
      client.destroy()
      redis.destroy()
      open.delete(client)
    }
    open.add(client)
    client.on('data', (data) => redis.write(data))
    redis.on('data', (data) => {
      if (!armed) {
        client.write(data)
        return
      }
      armed = false
      lost++
      cut()
    })
    for (const socket of [client, redis]) {
      socket.on('error', cut)
      socket.on('close', cut)
    }
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseNextReply: () => void (armed = true),
    get lost() {
      return lost
    },
    close: () => new Promise((resolve) => {
      for (const socket of open) socket.destroy()
      server.close(() => resolve())
    }),
  }
}
