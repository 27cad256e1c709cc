import { checkAccess } from '../access/check-access.ts'
import { notPermitted } from '../access/denial-words.ts'
import type { Client } from '../client/client.ts'
import { CommandError } from '../command/command-error.ts'
import type { Entry } from '../command/command-table.ts'
import type { Engine } from './engine.ts'
import { makeRoom } from './eviction.ts'

const inTransactions = new Set(['exec', 'discard', 'multi', 'watch', 'quit', 'reset'])
const whileSubscribed = new Set(['ping', 'subscribe', 'unsubscribe', 'psubscribe', 'punsubscribe', 'ssubscribe', 'sunsubscribe', 'quit', 'reset'])
/** Not refused for want of memory, though commands between MULTI and EXEC take some. */
const freesMemory = new Set(['exec', 'discard', 'quit', 'reset'])

/** Whether a command between MULTI and EXEC runs at once. */
export function runsAtOnce(entry: Entry): boolean {
  return inTransactions.has(entry.fullName)
}

/** Why this client may not run this command now, in the order Redis asks. */
export function refusalOf(engine: Engine, client: Client, entry: Entry, args: readonly string[]): CommandError | undefined {
  if (!client.authenticated && !entry.noAuth && engine.users.loginNeeded) return new CommandError('NOAUTH Authentication required.')
  if (client.queue !== undefined && entry.noMulti) return new CommandError('ERR Command not allowed inside a transaction')
  const denial = checkAccess(engine, client, entry, args, client.queue === undefined ? 'toplevel' : 'multi')
  if (denial !== undefined) return notPermitted(denial)
  const needsMemory = entry.denyOom
    || (client.queue !== undefined && (entry.fullName === 'exec' ? client.queue.some((queued) => queued.entry.denyOom) : !freesMemory.has(entry.fullName)))
  engine.outOfMemory = engine.settings.get('maxmemory') > 0 && !makeRoom(engine)
  if (engine.outOfMemory && needsMemory) return outOfMemory()
  if (entry.write) {
    const refusal = engine.changeLog.refusal()
    if (refusal !== undefined) return new CommandError(refusal)
  }
  if (client.subscriptions > 0 && client.writer.protocol === 2 && !whileSubscribed.has(entry.fullName)) {
    return new CommandError(`ERR Can't execute '${entry.fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`)
  }
  return undefined
}

export function outOfMemory(): CommandError {
  return new CommandError("OOM command not allowed when used memory > 'maxmemory'.")
}
