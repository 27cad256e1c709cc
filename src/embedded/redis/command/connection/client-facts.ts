import type { Client } from '../../client/client.ts'

/** A line of CLIENT LIST, without its end. What the server does not track is 0. */
export function clientLine(client: Client, nowMs: number): string {
  const { connection } = client
  const fields: readonly (readonly [name: string, value: string | number])[] = [
    ['id', client.id],
    ['addr', connection?.address ?? ''],
    ['laddr', connection?.localAddress ?? ''],
    ['fd', -1],
    ['name', client.name],
    ['age', seconds(nowMs - client.createdMs)],
    ['idle', seconds(nowMs - client.activeMs)],
    ['flags', clientFlags(client)],
    ['db', client.db.index],
    ['sub', client.channels.size],
    ['psub', client.patterns.size],
    ['ssub', 0],
    ['multi', client.queue?.length ?? -1],
    ['qbuf', connection?.unreadBytes ?? 0],
    ['qbuf-free', 0],
    ['argv-mem', 0],
    ['multi-mem', 0],
    ['rbs', 0],
    ['rbp', 0],
    ['obl', 0],
    ['oll', 0],
    ['omem', connection?.unsentBytes ?? 0],
    ['tot-mem', (connection?.unreadBytes ?? 0) + (connection?.unsentBytes ?? 0)],
    ['events', 'r'],
    ['cmd', client.lastCommand],
    ['user', client.user.name],
    ['redir', -1],
    ['resp', client.writer.protocol],
    ['lib-name', client.libraryName],
    ['lib-ver', client.libraryVersion],
  ]
  return fields.map(([name, value]) => `${name}=${value}`).join(' ')
}

function clientFlags(client: Client): string {
  const flags = [
    client.subscriptions > 0 ? 'P' : '',
    client.queue === undefined ? '' : 'x',
    client.endWait === undefined ? '' : 'b',
    client.watchBroken ? 'd' : '',
    client.closing ? 'c' : '',
    client.noEvict ? 'e' : '',
  ].join('')
  return flags === '' ? 'N' : flags
}

/** Redis's classes of clients; there are no replicas here. */
export function clientType(client: Client): string {
  return client.subscriptions > 0 ? 'pubsub' : 'normal'
}

function seconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000))
}
