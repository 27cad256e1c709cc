import type { CommandTable } from '../command/command-table.ts'
import { matchesAny, passwordHash } from './password.ts'
import { Permissions } from './permissions.ts'
import type { RuleFault } from './rule-fault.ts'
import { applyUserRule } from './user-rule.ts'
import { User } from './user.ts'

/** The users by name. There is always `default`: whoever has not logged in as another one. */
export class Users {
  readonly default: User
  readonly #table: CommandTable
  readonly #users = new Map<string, User>()
  #requiredPassword = ''

  constructor(table: CommandTable) {
    this.#table = table
    const everything = Permissions.none(table, true)
    everything.allKeys = true
    everything.commands.setAll(true)
    this.default = new User('default', everything)
    this.default.enabled = true
    this.default.anyPassword = true
    this.#users.set('default', this.default)
  }

  get(name: string): User | undefined {
    return this.#users.get(name)
  }

  /** By name, in the order of bytes. */
  all(): readonly User[] {
    return Array.from(this.#users.values()).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Whether those who have not logged in may do nothing. */
  get loginNeeded(): boolean {
    return !this.default.anyPassword || !this.default.enabled
  }

  /** What the rules make of the user; nothing is changed yet. A rule that is at fault is answered instead. */
  prepare(name: string, rules: readonly string[], allChannels: boolean): User | { readonly rule: string; readonly fault: RuleFault } {
    const surroundings = { table: this.#table, allChannels }
    const user = this.#users.get(name)?.copy() ?? new User(name, Permissions.none(this.#table, allChannels))
    for (const rule of rules) {
      const fault = applyUserRule(user, rule, surroundings)
      if (fault !== undefined) return { rule, fault }
    }
    return user
  }

  put(prepared: User): void {
    const known = this.#users.get(prepared.name)
    const user = known ?? prepared
    user.become(prepared)
    this.#users.set(user.name, user)
  }

  delete(name: string): User | undefined {
    const user = this.#users.get(name)
    this.#users.delete(name)
    return user
  }

  /** Who this is, if name and password are right. */
  logIn(name: string, password: string): User | undefined {
    const user = this.#users.get(name)
    const matches = matchesAny(password, user?.passwords ?? [])
    return user?.enabled === true && (user.anyPassword || matches) ? user : undefined
  }

  /** The setting `requirepass` is the only password of the default user, from each change of it on. */
  requirePassword(password: string): void {
    if (password === this.#requiredPassword) return
    this.#requiredPassword = password
    this.default.anyPassword = password === ''
    this.default.passwords = password === '' ? [] : [passwordHash(password)]
  }
}
