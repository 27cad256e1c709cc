import type { CommandTable } from '../command/command-table.ts'
import { commandRules } from './command-rules.ts'
import { Permissions } from './permissions.ts'

/** Somebody who logs in, and what they may do. Connections keep it, so changes hold for them at once. */
export class User {
  readonly name: string
  enabled = false
  /** Any password will do. */
  anyPassword = false
  /** Only kept and told: nothing of this server takes payloads. Undefined: never set. */
  sanitizePayload: boolean | undefined
  /** Hashes. */
  passwords: readonly string[] = []
  root: Permissions
  /** Further permissions; a call may use any one of them. */
  selectors: readonly Permissions[] = []
  /** May do everything, so that nothing need be checked. */
  unrestricted = false

  constructor(name: string, root: Permissions) {
    this.name = name
    this.root = root
    this.unrestricted = root.unrestricted
  }

  copy(): User {
    const copy = new User(this.name, this.root.copy())
    copy.enabled = this.enabled
    copy.anyPassword = this.anyPassword
    copy.sanitizePayload = this.sanitizePayload
    copy.passwords = this.passwords
    copy.selectors = this.selectors
    return copy
  }

  /** Takes over all but the name. */
  become(other: User): void {
    this.enabled = other.enabled
    this.anyPassword = other.anyPassword
    this.sanitizePayload = other.sanitizePayload
    this.passwords = other.passwords
    this.root = other.root
    this.selectors = other.selectors
    this.unrestricted = other.root.unrestricted
  }

  get permissions(): readonly Permissions[] {
    return [this.root, ...this.selectors]
  }

  /** In the order in which Redis names them. */
  flags(): readonly string[] {
    const flags = [this.enabled ? 'on' : 'off']
    if (this.anyPassword) flags.push('nopass')
    if (this.sanitizePayload !== undefined) flags.push(this.sanitizePayload ? 'sanitize-payload' : 'skip-sanitize-payload')
    return flags
  }

  /** As a line of a file of users. */
  describe(table: CommandTable): string {
    const selectors = this.selectors.map((permissions) => `(${describePermissions(permissions, table)})`)
    return ['user', this.name, ...this.flags(), ...this.passwords.map((hash) => `#${hash}`), describePermissions(this.root, table), ...selectors].join(' ')
  }
}

function describePermissions(permissions: Permissions, table: CommandTable): string {
  const channels = permissions.channelRules()
  return [permissions.keyRules(), permissions.allChannels ? '' : 'resetchannels', channels, commandRules(permissions.commands, table)].filter((part) => part !== '').join(' ')
}
