import type { Client } from '../client/client.ts'
import type { Engine } from '../engine/engine.ts'
import { logOut } from './log-in.ts'
import { matchesChannel } from './permissions.ts'
import type { User } from './user.ts'

/** Ends the connections of a user who is no more. The one who asked is answered first. */
export function endClientsOf(user: User, engine: Engine, asking: Client): void {
  for (const client of engine.clients.all()) {
    if (client.user !== user) continue
    logOut(client, engine)
    client.authenticated = false
    end(client, asking)
  }
}

/** Ends the connections that listen to channels which the user, about to become another, may then not hear. */
export function endListenersNotPermitted(user: User, next: User, engine: Engine, asking: Client): void {
  if (next.permissions.some(({ allChannels }) => allChannels)) return
  const allowed = next.permissions.flatMap(({ channelPatterns }) => channelPatterns)
  for (const client of engine.clients.all()) {
    if (client.user !== user) continue
    const permitted = Array.from(client.channels).every((channel) => matchesChannel(allowed, channel, false))
      && Array.from(client.patterns).every((pattern) => matchesChannel(allowed, pattern, true))
    if (!permitted) end(client, asking)
  }
}

function end(client: Client, asking: Client): void {
  if (client === asking) client.closing = true
  else client.connection?.close(false)
}
