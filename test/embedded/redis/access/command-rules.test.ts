import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commandRules } from '../../../../src/embedded/redis/access/command-rules.ts'
import { applyPermissionRule } from '../../../../src/embedded/redis/access/permission-rule.ts'
import { Permissions } from '../../../../src/embedded/redis/access/permissions.ts'
import { categories } from '../../../../src/embedded/redis/command/command-categories.ts'
import { allCommands } from '../../../../src/embedded/redis/command/command-table.ts'

const table = allCommands()
const names = Array.from(table.each(), ({ fullName }) => fullName)

function permissionsOf(rules: readonly string[]): Permissions {
  const permissions = Permissions.none(table, false)
  for (const rule of rules) expect(applyPermissionRule(permissions, rule, table)).toBeUndefined()
  return permissions
}

const described = (...rules: readonly string[]): string => commandRules(permissionsOf(rules).commands, table)

const rule = fc.oneof(
  fc.tuple(fc.constantFrom('+', '-'), fc.constantFrom(...names)).map((words) => words.join('')),
  fc.tuple(fc.constantFrom('+@', '-@'), fc.constantFrom(...categories, 'all')).map((words) => words.join('')),
  fc.tuple(fc.constantFrom('+get|', '+select|'), fc.constantFrom('a', 'b')).map((words) => words.join('')),
)

describe('the rules told of commands', () => {
  it('lead to the same rights when they are applied anew', () => {
    fc.assert(fc.property(fc.array(rule, { maxLength: 12 }), (rules) => {
      const original = permissionsOf(rules).commands
      const again = permissionsOf(commandRules(original, table).split(' ')).commands
      for (const entry of table.each()) {
        expect([entry.fullName, again.has(entry), again.permits(entry, [entry.fullName, 'A'])]).toEqual([entry.fullName, original.has(entry), original.permits(entry, [entry.fullName, 'A'])])
      }
      expect(again.alsoFuture).toBe(original.alsoFuture)
    }), { numRuns: 60 })
  })

  it.each([
    [[], '-@all'],
    [['+@all'], '+@all'],
    [['+@all', '-hincrby'], '+@all -hincrby'],
    [['+get', '+set'], '-@all +get +set'],
    [['+config|get'], '-@all +config|get'],
    [['+config'], '-@all +config'],
    [['+@all', '-config|set'], '+@all -config|set'],
    [['+select|0', '+SELECT|1', '+select|0'], '-@all +select|0 +select|1'],
    [['+@hash', '-hdel'], '-@all +@hash -hdel'],
    [['+@all', '-@dangerous'], '+@all -@dangerous'],
    [['+@all', '-@all', '+get'], '-@all +get'],
  ] as const)('are short: %j', (rules, text) => {
    expect(described(...rules)).toBe(text)
  })
})
