import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/** Ports nobody listens on now. They are taken together, so that all of one call differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(servers.map((server) => new Promise<number>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })))
  await Promise.all(servers.map((server) => new Promise((resolve) => {
    server.close(resolve)
  })))
  return ports
}

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1)
  return port!
}
