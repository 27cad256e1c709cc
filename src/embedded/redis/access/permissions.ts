import type { CommandTable } from '../command/command-table.ts'
import { matchesGlob } from '../command/glob.ts'
import { CommandRights } from './command-rights.ts'
import { reads, writes } from './key-access.ts'

export interface KeyPattern {
  readonly pattern: string
  /** Bits: what keys of the pattern may be used for. */
  readonly access: number
}

/** One set of commands, keys and channels; a call must be within it as a whole. */
export class Permissions {
  readonly commands: CommandRights
  allKeys = false
  keyPatterns: readonly KeyPattern[] = []
  allChannels: boolean
  channelPatterns: readonly string[] = []

  constructor(commands: CommandRights, allChannels: boolean) {
    this.commands = commands
    this.allChannels = allChannels
  }

  static none(table: CommandTable, allChannels: boolean): Permissions {
    return new Permissions(new CommandRights(table), allChannels)
  }

  copy(): Permissions {
    const copy = new Permissions(this.commands.copy(), this.allChannels)
    copy.allKeys = this.allKeys
    copy.keyPatterns = this.keyPatterns
    copy.channelPatterns = this.channelPatterns
    return copy
  }

  get unrestricted(): boolean {
    return this.commands.all && this.allKeys && this.allChannels
  }

  /** The same pattern twice is one that allows both. */
  addKeyPattern(pattern: string, access: number): void {
    const known = this.keyPatterns.find((other) => other.pattern === pattern)
    this.keyPatterns = known === undefined
      ? [...this.keyPatterns, { pattern, access }]
      : this.keyPatterns.map((other) => (other === known ? { pattern, access: access | known.access } : other))
  }

  addChannelPattern(pattern: string): void {
    if (!this.channelPatterns.includes(pattern)) this.channelPatterns = [...this.channelPatterns, pattern]
  }

  permitsKey(key: string, access: number): boolean {
    return this.allKeys || this.keyPatterns.some((allowed) => (allowed.access & access) === access && matchesGlob(allowed.pattern, key))
  }

  /** Whether keys that nobody has named may be read. */
  get readsAnyKey(): boolean {
    return this.allKeys || this.keyPatterns.some(({ pattern, access }) => pattern === '*' && (access & reads) !== 0)
  }

  permitsChannel(channel: string, isPattern: boolean): boolean {
    return this.allChannels || matchesChannel(this.channelPatterns, channel, isPattern)
  }

  keyRules(): string {
    if (this.allKeys) return '~*'
    return this.keyPatterns.map(({ pattern, access }) => `${signs.get(access)!}${pattern}`).join(' ')
  }

  channelRules(): string {
    return this.allChannels ? '&*' : this.channelPatterns.map((pattern) => `&${pattern}`).join(' ')
  }
}

const signs: ReadonlyMap<number, string> = new Map([[reads, '%R~'], [writes, '%W~'], [reads | writes, '~']])

/** A pattern to listen to must be allowed as it is written; a channel must match. */
export function matchesChannel(allowed: readonly string[], channel: string, isPattern: boolean): boolean {
  return isPattern ? allowed.includes(channel) : allowed.some((pattern) => matchesGlob(pattern, channel))
}
