import { randomBytes } from 'node:crypto'
import type { Clock } from '../../../base/clock.ts'
import type { Logger } from '../../../base/logger.ts'
import type { MillraceError } from '../../../errors.ts'
import { AccessLog } from '../access/access-log.ts'
import { Users } from '../access/users.ts'
import { Channels } from '../client/channels.ts'
import { Client } from '../client/client.ts'
import { Clients } from '../client/clients.ts'
import { CommandError } from '../command/command-error.ts'
import type { CommandTable, Entry } from '../command/command-table.ts'
import { Wait, type CommandContext } from '../command/command.ts'
import type { Database } from '../keyspace/database.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import { queued, type Reply } from '../resp/reply.ts'
import { Scripts } from '../script/scripts.ts'
import type { Settings } from '../settings/settings.ts'
import { noChangeLog, type ChangeLog, type LoggedCommand } from './change-log.ts'
import { Figures } from './figures.ts'
import { refusalOf, runsAtOnce } from './refusal.ts'
import { endTransaction } from './transaction.ts'
import { WaitingClients } from './waiting-clients.ts'

/** First words of what any web page can make a browser send; commands might follow. */
const webRequest = new Set(['post', 'host:'])

/** What an engine is put together from. */
export interface EngineParts {
  readonly settings: Settings
  readonly keyspace: Keyspace
  readonly table: CommandTable
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Runs commands, one after the other. All that one command, one EXEC or one script does is one step: nothing
 * else runs in between, and its log is one atomic frame.
 */
export class Engine {
  readonly settings: Settings
  readonly keyspace: Keyspace
  readonly table: CommandTable
  readonly clock: Clock
  readonly logger: Logger
  readonly users: Users
  readonly accessLog = new AccessLog()
  readonly clients = new Clients()
  readonly channels = new Channels()
  readonly figures = new Figures()
  readonly waiting: WaitingClients
  readonly scripts = new Scripts()
  /** Whether memory was short when the current command began. */
  outOfMemory = false
  /** Forty hexadecimal digits, new with each start. */
  readonly runId = randomBytes(20).toString('hex')
  /** Set once the log has been replayed. */
  changeLog: ChangeLog = noChangeLog
  /** Ends the server for this cause. Set by who runs it. */
  stop: (cause: MillraceError) => void = () => {}
  readonly #replayer: Client
  /** What the current step has logged. */
  #step: LoggedCommand[] = []

  constructor({ settings, keyspace, table, clock, logger }: EngineParts) {
    this.settings = settings
    this.keyspace = keyspace
    this.table = table
    this.users = new Users(table)
    this.clock = clock
    this.logger = logger
    this.#replayer = new Client(0, this.users.default, keyspace.databases[0]!, keyspace.nowMs, true)
    this.waiting = new WaitingClients(clock, answerLate)
    keyspace.listen({
      removed: (database, key) => void this.#step.push({ database: database.index, args: ['DEL', key] }),
      expiryPass: () => this.#endStep(),
    })
  }

  /** Runs what a client has sent, and answers it. */
  execute(client: Client, args: readonly string[]): void {
    if (this.keyspace.torn) return
    this.keyspace.tick()
    client.activeMs = this.keyspace.nowMs
    this.figures.commandsProcessed++
    const reply = this.#answer(client, args)
    this.#endStep()
    if (this.keyspace.torn) return
    if (reply instanceof CommandError) this.figures.error(reply.message)
    if (reply instanceof Wait) this.waiting.add(client, reply)
    else client.answer(reply)
    if (this.waiting.anyReady) this.#serveWaiting()
  }

  /** Runs a command within the step of another one (EXEC, a script): no check but those of the handler itself. */
  call(client: Client, entry: Entry, args: readonly string[]): Reply {
    const reply = this.#run(client, entry, args, false)
    if (reply instanceof Wait) throw new Error(`${entry.fullName} waits where it may not`)
    return reply
  }

  /** A step could not be run to its end: nothing of it is logged, nobody sees any more, and the server ends. */
  giveUp(cause: MillraceError): void {
    this.keyspace.torn = true
    this.stop(cause)
  }

  /** Runs a command of the log again. Throws what it answers if that is an error. */
  replay({ database, args }: LoggedCommand): void {
    this.#replayer.db = this.keyspace.databases[database]!
    const reply = this.call(this.#replayer, this.table.find(args), args)
    this.#step = []
    if (reply instanceof CommandError) throw reply
  }

  /** The client is gone. */
  leave(client: Client): void {
    client.endWait?.()
    client.unwatch()
    this.channels.leave(client)
    this.clients.remove(client)
  }

  #answer(client: Client, args: readonly string[]): Reply | Wait {
    let entry: Entry
    try {
      entry = this.table.find(args)
    } catch (error) {
      if (client.queue !== undefined) client.queueBroken = true
      const reply = errorReply(error, this.logger)
      const name = args[0]!.toLowerCase()
      if (webRequest.has(name)) {
        this.logger.warn('a client is disconnected: it speaks HTTP', { address: client.connection?.address })
        client.connection?.close(false)
      }
      if (name !== 'exec') return reply
      endTransaction(client)
      return new CommandError(`EXECABORT Transaction discarded because of: ${reply.message.replace(/^ERR /, '')}`)
    }
    client.lastCommand = entry.fullName
    const refusal = refusalOf(this, client, entry, args)
    if (refusal !== undefined) {
      if (entry.fullName === 'exec') {
        endTransaction(client)
        return new CommandError(`EXECABORT Transaction discarded because of: ${refusal.message}`)
      }
      if (client.queue !== undefined) client.queueBroken = true
      return refusal
    }
    if (client.queue !== undefined && !runsAtOnce(entry)) {
      client.queue.push({ entry, args })
      return queued
    }
    return this.#run(client, entry, args, true)
  }

  #run(client: Client, entry: Entry, args: readonly string[], mayWait: boolean): Reply | Wait {
    const { keyspace } = this
    const before = keyspace.changes
    const database = client.db.index
    const call = new Call(this, client, mayWait)
    let reply: Reply | Wait
    try {
      reply = entry.run(call, args)
    } catch (error) {
      reply = errorReply(error, this.logger)
    }
    if (entry.write && keyspace.changes !== before) this.#log(database, call.log ?? [args])
    return reply
  }

  #serveWaiting(): void {
    this.waiting.serve((client, wait) => {
      const before = this.keyspace.changes
      const call = new Call(this, client, false)
      let reply: Reply | undefined
      try {
        reply = wait.attempt(call)
      } catch (error) {
        reply = errorReply(error, this.logger)
      }
      if (this.keyspace.changes !== before && call.log !== undefined) this.#log(client.db.index, call.log)
      this.#endStep()
      return reply
    })
  }

  #log(database: number, commands: readonly (readonly string[])[]): void {
    if (this.changeLog === noChangeLog) return
    for (const args of commands) this.#step.push({ database, args })
  }

  #endStep(): void {
    if (this.#step.length === 0) return
    const step = this.#step
    this.#step = []
    if (!this.keyspace.torn) this.changeLog.append(step)
  }
}

class Call implements CommandContext {
  readonly engine: Engine
  readonly client: Client
  readonly mayWait: boolean
  log: (readonly string[])[] | undefined = undefined

  constructor(engine: Engine, client: Client, mayWait: boolean) {
    this.engine = engine
    this.client = client
    this.mayWait = mayWait
  }

  get keyspace(): Keyspace {
    return this.engine.keyspace
  }

  get db(): Database {
    return this.client.db
  }

  get nowMs(): number {
    return this.engine.keyspace.nowMs
  }

  logAs(...command: readonly string[]): void {
    if (this.log === undefined) this.log = [command]
    else this.log.push(command)
  }
}

function answerLate(client: Client, reply: Reply): void {
  client.answer(reply)
  client.connection?.flush()
  client.connection?.resume()
}

function errorReply(error: unknown, logger: Logger): CommandError {
  if (error instanceof CommandError) return error
  logger.error('a command failed for a cause of the server itself', { error })
  return new CommandError('ERR internal error')
}
