import type { CommandTable } from '../command/command-table.ts'
import { splitInline } from '../resp/inline-request.ts'
import { isPasswordHash, passwordHash } from './password.ts'
import { applyPermissionRule } from './permission-rule.ts'
import { Permissions } from './permissions.ts'
import { ruleFault, type RuleFault } from './rule-fault.ts'
import type { User } from './user.ts'

export interface RuleSurroundings {
  readonly table: CommandTable
  /** Whether new permissions begin with all channels. */
  readonly allChannels: boolean
}

/** Applies a rule of ACL SETUSER. Returns what is wrong with it; the user is then to be thrown away. */
export function applyUserRule(user: User, rule: string, surroundings: RuleSurroundings): RuleFault | undefined {
  switch (rule.toLowerCase()) {
    case '':
      return undefined
    case 'on':
    case 'off':
      user.enabled = rule.length === 2
      return undefined
    case 'nopass':
    case 'resetpass':
      user.anyPassword = rule.toLowerCase() === 'nopass'
      user.passwords = []
      return undefined
    case 'sanitize-payload':
    case 'skip-sanitize-payload':
      user.sanitizePayload = rule.toLowerCase() === 'sanitize-payload'
      return undefined
    case 'clearselectors':
      user.selectors = []
      return undefined
    case 'reset':
      user.enabled = false
      user.anyPassword = false
      user.passwords = []
      user.sanitizePayload = true
      user.root = Permissions.none(surroundings.table, surroundings.allChannels)
      user.selectors = []
      return undefined
    default:
  }
  switch (rule[0]) {
    case '>':
    case '#':
    case '<':
    case '!':
      return changePasswords(user, rule)
    case '(':
      return rule.endsWith(')') ? addSelector(user, rule, surroundings) : ruleFault.syntax
    default:
      return applyPermissionRule(user.root, rule, surroundings.table)
  }
}

function changePasswords(user: User, rule: string): RuleFault | undefined {
  const sign = rule[0]
  const text = rule.slice(1)
  const isClear = sign === '>' || sign === '<'
  if (!isClear && !isPasswordHash(text)) return ruleFault.noHash
  const hash = isClear ? passwordHash(text) : text
  const known = user.passwords.includes(hash)
  if (sign === '>' || sign === '#') {
    if (!known) user.passwords = [...user.passwords, hash]
    user.anyPassword = false
    return undefined
  }
  if (!known) return ruleFault.noSuchPassword
  user.passwords = user.passwords.filter((other) => other !== hash)
  return undefined
}

function addSelector(user: User, rule: string, { table, allChannels }: RuleSurroundings): RuleFault | undefined {
  const permissions = Permissions.none(table, allChannels)
  for (const part of splitInline(rule.slice(1, -1)) ?? []) {
    const fault = applyPermissionRule(permissions, part, table)
    if (fault !== undefined) return fault
  }
  user.selectors = [...user.selectors, permissions]
  return undefined
}

/** Puts selectors together that came as several arguments: `(+get`, `~a)`. Answers the start of one that does not end. */
export function joinSelectors(rules: readonly string[]): { readonly rules: readonly string[] } | { readonly unmatched: string } {
  const joined: string[] = []
  let open: { readonly start: string; text: string } | undefined
  for (const rule of rules) {
    if (rule.startsWith('(') && !rule.endsWith(')')) {
      open = { start: rule, text: rule }
    } else if (open === undefined) {
      joined.push(rule)
    } else {
      open.text += ` ${rule}`
      if (!rule.endsWith(')')) continue
      joined.push(open.text)
      open = undefined
    }
  }
  return open === undefined ? { rules: joined } : { unmatched: open.start }
}
