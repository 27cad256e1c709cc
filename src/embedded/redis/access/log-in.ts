import type { Client } from '../client/client.ts'
import { CommandError } from '../command/command-error.ts'
import type { CommandContext } from '../command/command.ts'
import type { Engine } from '../engine/engine.ts'

/** The state of a new connection: the default user, logged in if that needs no password. */
export function logOut(client: Client, { users }: Engine): void {
  client.user = users.default
  client.authenticated = !users.loginNeeded
}

/** Throws WRONGPASS. `command` is AUTH or HELLO as it was written, for the log of ACL LOG. */
export function logIn({ client, engine, mayWait, nowMs }: CommandContext, { name, password, command }: { readonly name: string; readonly password: string; readonly command: string }): void {
  const user = engine.users.logIn(name, password)
  if (user === undefined) {
    engine.accessLog.add({ reason: 'auth', context: mayWait ? 'toplevel' : 'multi', object: command, username: name }, client, nowMs, engine.settings.get('acllog-max-len'))
    throw new CommandError('WRONGPASS invalid username-password pair or user is disabled.')
  }
  client.user = user
  client.authenticated = true
}
