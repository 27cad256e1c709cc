import { checkAccess } from '../../access/check-access.ts'
import { noLongerPermitted } from '../../access/denial-words.ts'
import { endTransaction } from '../../engine/transaction.ts'
import { noReply, nullArray, ok, type Reply } from '../../resp/reply.ts'
import { CommandError } from '../command-error.ts'
import type { Command, CommandHandler } from '../command.ts'

const multi: CommandHandler = ({ client }) => {
  if (client.queue !== undefined) throw new CommandError('ERR MULTI calls can not be nested')
  client.queue = []
  return ok
}

const exec: CommandHandler = ({ client, engine }): Reply => {
  const { queue } = client
  if (queue === undefined) throw new CommandError('ERR EXEC without MULTI')
  client.checkWatched()
  const { queueBroken, watchBroken } = client
  endTransaction(client)
  if (queueBroken) throw new CommandError('EXECABORT Transaction discarded because of previous errors.')
  if (watchBroken) return nullArray
  // One by one, for a HELLO among them changes how those behind it are written.
  if (client.replies === 'on') client.writer.arrayHead(queue.length)
  for (const { entry, args } of queue) {
    const denial = checkAccess(engine, client, entry, args, 'multi')
    client.answer(denial === undefined ? engine.call(client, entry, args) : noLongerPermitted(denial))
  }
  return noReply
}

const discard: CommandHandler = ({ client }) => {
  if (client.queue === undefined) throw new CommandError('ERR DISCARD without MULTI')
  endTransaction(client)
  return ok
}

const watch: CommandHandler = ({ client }, args) => {
  if (client.queue !== undefined) throw new CommandError('ERR WATCH inside MULTI is not allowed')
  if (!client.watchBroken) for (let i = 1; i < args.length; i++) client.watch(args[i]!)
  return ok
}

const unwatch: CommandHandler = ({ client }) => {
  client.unwatch()
  return ok
}

const group = 'transactions'

export const transactionCommands: readonly Command[] = [
  { name: 'discard', arity: 1, flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'], group, since: '2.0.0', summary: 'Forget the commands since MULTI', run: discard },
  { name: 'exec', arity: 1, flags: ['noscript', 'loading', 'stale', 'skip_slowlog'], group, since: '1.2.0', summary: 'Run the commands since MULTI', run: exec },
  { name: 'multi', arity: 1, flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'], group, since: '1.2.0', summary: 'Collect commands, to run them together', run: multi },
  { name: 'unwatch', arity: 1, flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'], group, since: '2.2.0', summary: 'Watch no keys any more', run: unwatch },
  { name: 'watch', arity: -2, flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'], group, keys: [1, -1, 1], since: '2.2.0', summary: 'Let EXEC do nothing if these keys change before it', run: watch },
]
