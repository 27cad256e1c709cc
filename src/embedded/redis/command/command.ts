import type { Client } from '../client/client.ts'
import type { Engine } from '../engine/engine.ts'
import type { Database } from '../keyspace/database.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import type { Reply } from '../resp/reply.ts'

/**
 * The contract of commands.
 *
 * Bytes. Keys, arguments and values are byte strings: JavaScript strings whose every character is one
 * byte (latin1). They serve as keys of Maps, compare in the order of memcmp, and `length` is their size in
 * bytes. `Buffer.from(text, 'latin1')` and `buffer.toString('latin1')` convert where single bytes matter. Text
 * of our own must stay within ASCII.
 *
 * Table. Each command is one entry of the array that its group's file exports (`hash/hash-commands.ts` …);
 * `command-table.ts` puts the arrays together. Arity, flags and keys are those of COMMAND INFO in Redis 7.0;
 * arity, `denyoom`, `noscript` and the like are enforced before the handler runs.
 *
 * Handlers. `run(context, args)` gets the whole command, its name in `args[0]` as the client wrote it, and
 * must keep neither the array nor the context. It answers with a `Reply` or throws a `CommandError`; whatever
 * it throws, it must have changed nothing before: check first, then change. It runs to its end in one go, so
 * it sees and leaves a consistent keyspace. A command that waits for keys answers with a `Wait`.
 *
 * Values. `context.db.get(key, HashValue)` (WRONGTYPE, expiry and use are taken care of), `getOrAdd`, `put`,
 * `delete`. After changing a value in place, call `context.db.changed(key, value)` once: it drops what has
 * become empty, counts memory, breaks WATCH, wakes who waits for the key and says that there is something to
 * log. A write that changed nothing must not call it.
 *
 * Log. When a command has changed something, it is logged as it was sent, to be run again at the next start.
 * So a command whose outcome depends on more than the keyspace and its arguments (time, chance, generated
 * ids, floating point) says instead what it did, by `context.logAs`: SETEX as SET … PXAT, SPOP as SREM,
 * XADD * with the id, INCRBYFLOAT as SET, a served BLPOP as LPOP. Several calls are several commands. All that
 * one command, one transaction or one script has logged is one atomic frame.
 */
export interface Command {
  /** Lower case. */
  readonly name: string
  /** With the name; negative: at least as many. */
  readonly arity: number
  readonly flags: readonly CommandFlag[]
  readonly group: CommandGroup
  /** Position of the first and last key (negative: from the end) and the step; default: none. */
  readonly keys?: readonly [first: number, last: number, step: number]
  /** Finds the keys where positions do not tell (flag `movablekeys`). */
  readonly keysOf?: (args: readonly string[]) => readonly string[]
  /** Categories of the access control besides those that follow from flags and group. */
  readonly categories?: readonly string[]
  /** Its group is none of its categories. */
  readonly ungrouped?: boolean
  /** The version of Redis that brought it. */
  readonly since: string
  readonly summary: string
  /** Of a command that has subcommands; it then has no `run` of its own. */
  readonly subcommands?: readonly Command[]
  readonly run?: CommandHandler
}

export type CommandHandler = (context: CommandContext, args: readonly string[]) => Reply | Wait

export type CommandFlag =
  | 'write' | 'readonly' | 'denyoom' | 'admin' | 'pubsub' | 'noscript' | 'blocking' | 'loading' | 'stale' | 'skip_monitor'
  | 'skip_slowlog' | 'asking' | 'fast' | 'no_auth' | 'may_replicate' | 'sentinel' | 'only_sentinel' | 'no_mandatory_keys'
  | 'protected' | 'module' | 'no_async_loading' | 'no_multi' | 'movablekeys' | 'allow_busy'

export type CommandGroup =
  | 'generic' | 'string' | 'bitmap' | 'hash' | 'list' | 'set' | 'sorted-set' | 'hyperloglog' | 'stream' | 'pubsub'
  | 'transactions' | 'connection' | 'server' | 'scripting'

/** What a handler works on; for the time of the call. */
export interface CommandContext {
  readonly engine: Engine
  readonly keyspace: Keyspace
  /** Who asks. In scripts, the one who runs the script. */
  readonly client: Client
  /** The database selected. */
  readonly db: Database
  /** In ms since 1970; stands still while the command, transaction or script runs. */
  readonly nowMs: number
  /** False inside MULTI and scripts, where a command that would wait answers at once instead. */
  readonly mayWait: boolean
  /** Logs this instead of the command itself, if anything was changed. */
  logAs(...command: readonly string[]): void
}

/**
 * The answer of a command that waits until a key changes (BLPOP, XREAD BLOCK …). `attempt` is called after each
 * change of one of the keys, the clients that wait longest first; it does the work and answers, or answers
 * undefined to wait on. A CommandError thrown ends the wait. Its log is its own.
 */
export class Wait {
  readonly keys: readonly string[]
  /** 0: for ever. */
  readonly timeoutMs: number
  readonly attempt: (context: CommandContext) => Reply | undefined
  readonly timedOut: Reply

  constructor(wait: { readonly keys: readonly string[]; readonly timeoutMs: number; readonly attempt: (context: CommandContext) => Reply | undefined; readonly timedOut: Reply }) {
    this.keys = wait.keys
    this.timeoutMs = wait.timeoutMs
    this.attempt = wait.attempt
    this.timedOut = wait.timedOut
  }
}
