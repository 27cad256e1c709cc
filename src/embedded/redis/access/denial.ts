import type { Entry } from '../command/command-table.ts'
import { keyAccesses, type KeyAccess } from './key-access.ts'
import type { Permissions } from './permissions.ts'
import type { User } from './user.ts'

/** Why a call is not allowed, and the command, key or channel it is about. */
export interface Denial {
  readonly reason: 'command' | 'key' | 'channel'
  readonly object: string
}

interface Placed extends Denial {
  /** Among the keys or channels. */
  readonly at: number
}

const weight = { command: 0, key: 1, channel: 2 } as const

/**
 * Asks each of the user's permissions. When none of them allows the call, the one that came furthest tells
 * why: past the command, past the keys, at a later key.
 */
export function denialOf(user: User, entry: Entry, args: readonly string[]): Denial | undefined {
  if (user.unrestricted) return undefined
  let keys: readonly KeyAccess[] | undefined
  const keysOnce = (): readonly KeyAccess[] => (keys ??= keyAccesses(entry, args))
  let denial = denialBy(user.root, entry, args, keysOnce)
  for (const permissions of user.selectors) {
    if (denial === undefined) return undefined
    const other = denialBy(permissions, entry, args, keysOnce)
    if (other === undefined || weight[other.reason] > weight[denial.reason] || (other.reason === denial.reason && other.at > denial.at)) denial = other
  }
  return denial
}

function denialBy(permissions: Permissions, entry: Entry, args: readonly string[], keys: () => readonly KeyAccess[]): Placed | undefined {
  if (!permissions.commands.permits(entry, args)) return { reason: 'command', object: entry.fullName, at: 0 }
  if (!permissions.allKeys) {
    for (const [at, { key, access }] of keys().entries()) if (!permissions.permitsKey(key, access)) return { reason: 'key', object: key, at }
  }
  if (!permissions.allChannels) {
    for (const [at, channel] of channelsOf(entry, args).entries()) {
      if (!permissions.permitsChannel(channel, entry.fullName === 'psubscribe')) return { reason: 'channel', object: channel, at }
    }
  }
  return undefined
}

function channelsOf({ fullName }: Entry, args: readonly string[]): readonly string[] {
  if (fullName === 'publish') return args.slice(1, 2)
  return fullName === 'subscribe' || fullName === 'psubscribe' ? args.slice(1) : []
}
