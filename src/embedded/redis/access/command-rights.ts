import type { CommandTable, Entry } from '../command/command-table.ts'

/** The commands somebody may run. */
export class CommandRights {
  readonly #table: CommandTable
  readonly #allowed: Set<Entry>
  /** Of commands that are forbidden but for some first arguments, in lower case. */
  readonly #firstArguments: Map<Entry, readonly string[]>
  #all = false
  #alsoFuture = false

  constructor(table: CommandTable, allowed: Iterable<Entry> = [], firstArguments: Iterable<readonly [Entry, readonly string[]]> = []) {
    this.#table = table
    this.#allowed = new Set(allowed)
    this.#firstArguments = new Map(firstArguments)
  }

  copy(): CommandRights {
    const copy = new CommandRights(this.#table, this.#allowed, this.#firstArguments)
    copy.#all = this.#all
    copy.#alsoFuture = this.#alsoFuture
    return copy
  }

  /** Nothing was taken away since all was allowed. */
  get all(): boolean {
    return this.#all
  }

  /** Whether they began with all commands rather than with none. */
  get alsoFuture(): boolean {
    return this.#alsoFuture
  }

  setAll(allowed: boolean): void {
    this.#all = allowed
    this.#alsoFuture = allowed
    this.#firstArguments.clear()
    this.#allowed.clear()
    if (allowed) for (const entry of this.#table.each()) this.#allowed.add(entry)
  }

  /** A command, with its subcommands. */
  set(entry: Entry, allowed: boolean): void {
    this.#firstArguments.delete(entry)
    this.#setOne(entry, allowed)
    for (const subcommand of entry.subcommands) this.#setOne(subcommand, allowed)
  }

  /** All commands and subcommands of a category. */
  setCategory(category: string, allowed: boolean): void {
    for (const entry of this.#table.each()) if (entry.categories.includes(category)) this.set(entry, allowed)
  }

  allowFirstArgument(entry: Entry, argument: string): void {
    const known = this.#firstArguments.get(entry) ?? []
    const lower = argument.toLowerCase()
    if (!known.includes(lower)) this.#firstArguments.set(entry, [...known, lower])
  }

  firstArguments(entry: Entry): readonly string[] {
    return this.#firstArguments.get(entry) ?? []
  }

  has(entry: Entry): boolean {
    return this.#allowed.has(entry)
  }

  /** Whether this call is allowed. Logging in always is. */
  permits(entry: Entry, args: readonly string[]): boolean {
    if (this.#all || this.#allowed.has(entry) || entry.noAuth) return true
    const argument = args[1]
    return argument !== undefined && this.firstArguments(entry).includes(argument.toLowerCase())
  }

  #setOne(entry: Entry, allowed: boolean): void {
    if (allowed) {
      this.#allowed.add(entry)
    } else {
      this.#allowed.delete(entry)
      this.#all = false
    }
  }
}
