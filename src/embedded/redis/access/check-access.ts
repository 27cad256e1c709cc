import type { Client } from '../client/client.ts'
import type { Entry } from '../command/command-table.ts'
import type { Engine } from '../engine/engine.ts'
import type { AccessContext } from './access-log.ts'
import { denialOf, type Denial } from './denial.ts'

/** Whether the client's user may make this call; what is refused is noted in the log of ACL LOG. */
export function checkAccess(engine: Engine, client: Client, entry: Entry, args: readonly string[], context: AccessContext): Denial | undefined {
  if (client.user.unrestricted) return undefined
  const denial = denialOf(client.user, entry, args)
  if (denial !== undefined) engine.accessLog.add({ ...denial, context, username: client.user.name }, client, engine.keyspace.nowMs, engine.settings.get('acllog-max-len'))
  return denial
}
