import { categoriesOf } from './command-categories.ts'
import { bitmapCommands } from './bitmap/bitmap-commands.ts'
import { CommandError, wrongArity } from './command-error.ts'
import type { Command, CommandHandler } from './command.ts'
import { connectionCommands } from './connection/connection-commands.ts'
import { hashCommands } from './hash/hash-commands.ts'
import { hyperLogLogCommands } from './hyper-log-log/hyper-log-log-commands.ts'
import { keyCommands } from './key/key-commands.ts'
import { listCommands } from './list/list-commands.ts'
import { pubsubCommands } from './pubsub/pubsub-commands.ts'
import { scriptCommands } from './script/script-commands.ts'
import { serverCommands } from './server/server-commands.ts'
import { setCommands } from './set/set-commands.ts'
import { sortCommands } from './sort/sort-commands.ts'
import { sortedSetCommands } from './sorted-set/sorted-set-commands.ts'
import { streamCommands } from './stream/stream-commands.ts'
import { stringCommands } from './string/string-commands.ts'
import { transactionCommands } from './transaction/transaction-commands.ts'

/** A command as the engine needs it: its flags are looked at on every call. */
export interface Entry {
  readonly command: Command
  /** `config|get` for a subcommand. */
  readonly fullName: string
  /** Empty, but for a command that has some. */
  readonly subcommands: readonly Entry[]
  /** Of the access control. */
  readonly categories: readonly string[]
  readonly run: CommandHandler
  readonly write: boolean
  readonly denyOom: boolean
  readonly noAuth: boolean
  readonly noMulti: boolean
  readonly noScript: boolean
  readonly mayReplicate: boolean
}

function entryOf(command: Command, fullName = command.name): Entry {
  const { flags } = command
  return {
    command,
    fullName,
    subcommands: (command.subcommands ?? []).map((subcommand) => entryOf(subcommand, `${command.name}|${subcommand.name}`)),
    categories: categoriesOf(command),
    run: command.run ?? (() => wrongArity(fullName)),
    write: flags.includes('write'),
    denyOom: flags.includes('denyoom'),
    noAuth: flags.includes('no_auth'),
    noMulti: flags.includes('no_multi'),
    noScript: flags.includes('noscript'),
    mayReplicate: flags.includes('may_replicate'),
  }
}

/** All commands by name. */
export class CommandTable {
  readonly #entries = new Map<string, Entry>()
  /** By the names as clients write them, so that the usual ones need not be made lower case. */
  readonly #bySpelling = new Map<string, Entry>()
  readonly #subcommands = new Map<Entry, ReadonlyMap<string, Entry>>()

  constructor(commands: Iterable<Command>) {
    for (const command of commands) {
      if (this.#entries.has(command.name)) throw new Error(`two commands are named ${command.name}`)
      const entry = entryOf(command)
      this.#entries.set(command.name, entry)
      this.#bySpelling.set(command.name, entry)
      this.#bySpelling.set(command.name.toUpperCase(), entry)
      if (command.subcommands === undefined) continue
      this.#subcommands.set(entry, new Map(entry.subcommands.map((subcommand) => [subcommand.command.name, subcommand])))
    }
  }

  all(): IterableIterator<Entry> {
    return this.#entries.values()
  }

  /** Each command, followed by its subcommands. */
  *each(): Generator<Entry> {
    for (const entry of this.#entries.values()) {
      yield entry
      yield* entry.subcommands
    }
  }

  /** By the name alone, in any case; `config|get` names a subcommand. */
  named(name: string): Entry | undefined {
    const [outer = '', ...rest] = name.split('|')
    const found = this.#outer(outer)
    if (found === undefined || rest.length === 0) return found
    return rest.length === 1 ? this.#subcommands.get(found)?.get(rest[0]!.toLowerCase()) : undefined
  }

  /** What the arguments call, be they enough or not. */
  lookUp(args: readonly string[]): Entry | undefined {
    const found = this.#outer(args[0]!)
    if (found === undefined || found.subcommands.length === 0 || args.length === 1) return found
    return this.#subcommands.get(found)!.get(args[1]!.toLowerCase())
  }

  /** What the arguments call, with enough of them. Throws Redis's errors of a command that is unknown or called wrongly. */
  find(args: readonly string[]): Entry {
    let found = this.#outer(args[0]!)
    if (found === undefined) throw unknownCommand(args)
    if (found.command.subcommands !== undefined && args.length > 1) {
      const subcommand = this.#subcommands.get(found)!.get(args[1]!.toLowerCase())
      if (subcommand === undefined) throw new CommandError(`ERR unknown subcommand '${shown(args[1]!)}'. Try ${found.fullName.toUpperCase()} HELP.`)
      found = subcommand
    }
    const { arity } = found.command
    if (arity > 0 ? args.length !== arity : args.length < -arity) throw wrongArity(found.fullName)
    return found
  }

  #outer(name: string): Entry | undefined {
    return this.#bySpelling.get(name) ?? this.#entries.get(name.toLowerCase())
  }
}

/** All that this server knows. */
export function allCommands(): CommandTable {
  return new CommandTable([
    ...bitmapCommands,
    ...connectionCommands,
    ...hashCommands,
    ...hyperLogLogCommands,
    ...keyCommands,
    ...listCommands,
    ...pubsubCommands,
    ...scriptCommands,
    ...serverCommands,
    ...setCommands,
    ...sortCommands,
    ...sortedSetCommands,
    ...streamCommands,
    ...stringCommands,
    ...transactionCommands,
  ])
}

const longestShown = 128

function unknownCommand(args: readonly string[]): CommandError {
  let rest = ''
  for (let i = 1; i < args.length && rest.length < longestShown; i++) rest += `'${asCString(args[i]!).slice(0, longestShown - rest.length)}' `
  return new CommandError(`ERR unknown command '${shown(args[0]!)}', with args beginning with: ${rest}`)
}

function shown(text: string): string {
  return asCString(text).slice(0, longestShown)
}

/** Redis puts it together by printf, which stops at a zero byte. */
function asCString(text: string): string {
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}
