import { categories } from '../command/command-categories.ts'
import type { CommandTable } from '../command/command-table.ts'
import { reads, writes } from './key-access.ts'
import type { Permissions } from './permissions.ts'
import { ruleFault, type RuleFault } from './rule-fault.ts'

/** What cannot stand in names and patterns, for rules are kept in lines of words. */
export const breaksWord = /[ \t\n\v\f\r\0]/

/** Applies a rule of commands, keys or channels. Returns what is wrong with it; then nothing has changed. */
export function applyPermissionRule(permissions: Permissions, rule: string, table: CommandTable): RuleFault | undefined {
  switch (rule.toLowerCase()) {
    case 'allkeys':
    case '~*':
      permissions.allKeys = true
      permissions.keyPatterns = []
      return undefined
    case 'resetkeys':
      permissions.allKeys = false
      permissions.keyPatterns = []
      return undefined
    case 'allchannels':
    case '&*':
      permissions.allChannels = true
      permissions.channelPatterns = []
      return undefined
    case 'resetchannels':
      permissions.allChannels = false
      permissions.channelPatterns = []
      return undefined
    case 'allcommands':
    case '+@all':
      permissions.commands.setAll(true)
      return undefined
    case 'nocommands':
    case '-@all':
      permissions.commands.setAll(false)
      return undefined
    default:
  }
  switch (rule[0]) {
    case '~':
    case '%':
      return addKeys(permissions, rule)
    case '&':
      return addChannels(permissions, rule.slice(1))
    case '+':
    case '-':
      return rule[1] === '@' ? setCategory(permissions, rule) : rule[0] === '+' ? allow(permissions, rule.slice(1), table) : forbid(permissions, rule.slice(1), table)
    default:
      return ruleFault.syntax
  }
}

function addKeys(permissions: Permissions, rule: string): RuleFault | undefined {
  if (permissions.allKeys) return ruleFault.keysAfterAll
  const [, sign, pattern = ''] = /^(~|%(?:R|W|RW|WR)(?:~|$))([^]*)$/i.exec(rule) ?? []
  if (sign === undefined || breaksWord.test(pattern)) return ruleFault.syntax
  permissions.addKeyPattern(pattern, sign === '~' ? reads | writes : (/r/i.test(sign) ? reads : 0) | (/w/i.test(sign) ? writes : 0))
  return undefined
}

function addChannels(permissions: Permissions, pattern: string): RuleFault | undefined {
  if (permissions.allChannels) return ruleFault.channelsAfterAll
  if (breaksWord.test(pattern)) return ruleFault.syntax
  permissions.addChannelPattern(pattern)
  return undefined
}

function setCategory({ commands }: Permissions, rule: string): RuleFault | undefined {
  const category = rule.slice(2).toLowerCase()
  if (!categories.some((known) => known === category)) return ruleFault.unknown
  commands.setCategory(category, rule[0] === '+')
  return undefined
}

/** A command, a subcommand, or a command with a first argument that is then the only one allowed. */
function allow({ commands }: Permissions, name: string, table: CommandTable): RuleFault | undefined {
  const bar = name.lastIndexOf('|')
  const outer = table.named(bar < 0 ? name : name.slice(0, bar))
  if (outer === undefined) return ruleFault.unknown
  if (bar < 0) {
    commands.set(outer, true)
    return undefined
  }
  if (name.indexOf('|') !== bar) return ruleFault.subcommandArgument
  const argument = name.slice(bar + 1)
  if (argument === '') return ruleFault.syntax
  if (outer.subcommands.length === 0) {
    commands.allowFirstArgument(outer, argument)
    return undefined
  }
  const subcommand = table.named(name)
  if (subcommand === undefined) return ruleFault.unknown
  commands.set(subcommand, true)
  return undefined
}

function forbid({ commands }: Permissions, name: string, table: CommandTable): RuleFault | undefined {
  const entry = table.named(name)
  if (entry === undefined) return ruleFault.unknown
  commands.set(entry, false)
  return undefined
}
