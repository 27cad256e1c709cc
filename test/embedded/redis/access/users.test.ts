import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { User } from '../../../../src/embedded/redis/access/user.ts'
import { Users } from '../../../../src/embedded/redis/access/users.ts'
import { allCommands } from '../../../../src/embedded/redis/command/command-table.ts'

const table = allCommands()

function usersWith(rules: Readonly<Record<string, readonly string[]>> = {}): Users {
  const users = new Users(table)
  for (const [name, list] of Object.entries(rules)) {
    const prepared = users.prepare(name, list, false)
    if (!(prepared instanceof User)) throw new Error(prepared.fault)
    users.put(prepared)
  }
  return users
}

const described = (users: Users, name: string): string => users.get(name)!.describe(table)

describe('the users of a Redis', () => {
  it('begin with one who may do everything and needs no password', () => {
    const users = usersWith()
    expect(users.all().map((user) => user.describe(table))).toEqual(['user default on nopass ~* &* +@all'])
    expect(users.default.unrestricted).toBe(true)
    expect(users.loginNeeded).toBe(false)
  })

  it('log in with one of their passwords, while they are on', () => {
    const users = usersWith({ alice: ['on', '>one', '>two'], bob: ['on', 'nopass'], carol: ['>one'], dave: ['on'] })
    expect(['one', 'two', 'three', ''].map((password) => users.logIn('alice', password)?.name)).toEqual(['alice', 'alice', undefined, undefined])
    expect(users.logIn('bob', 'anything')?.name).toBe('bob')
    expect([users.logIn('carol', 'one'), users.logIn('dave', ''), users.logIn('nobody', 'one')]).toEqual([undefined, undefined, undefined])
  })

  it('keep hashes of passwords, not passwords', () => {
    const users = usersWith({ alice: ['on', '>c4n4ry'] })
    users.requirePassword('c4n4ry')
    expect(inspect(users.all(), { depth: 6, showHidden: true })).not.toContain('c4n4ry')
    expect(described(users, 'alice')).toMatch(/^user alice on #[0-9a-f]{64} resetchannels -@all$/)
  })

  it('are not changed when one of several rules is at fault', () => {
    const users = usersWith({ alice: ['on', 'nopass', '~a*', '+get'] })
    const before = described(users, 'alice')
    expect(users.prepare('alice', ['off', '+@all', '(+set ~b)', '+nosuch'], false)).toEqual({ rule: '+nosuch', fault: 'Unknown command or category name in ACL' })
    expect(described(users, 'alice')).toBe(before)
  })

  it('stay the same for who is logged in already, with their new rights', () => {
    const users = usersWith({ alice: ['on', 'nopass', '+@all', '~*', '&*'] })
    const alice = users.logIn('alice', '')!
    expect(alice.unrestricted).toBe(true)
    users.put(users.prepare('alice', ['-get'], false) as User)
    expect(users.get('alice')).toBe(alice)
    expect(alice.unrestricted).toBe(false)
  })

  it('require of the default user the password of the settings, from each change on', () => {
    const users = usersWith()
    users.requirePassword('first')
    expect(users.loginNeeded).toBe(true)
    users.put(users.prepare('default', ['>more'], false) as User)
    users.requirePassword('first')
    expect(users.logIn('default', 'more')).toBe(users.default)
    users.requirePassword('second')
    expect(['first', 'more', 'second'].map((password) => users.logIn('default', password)?.name)).toEqual([undefined, undefined, 'default'])
    users.requirePassword('')
    expect(users.loginNeeded).toBe(false)
  })
})
