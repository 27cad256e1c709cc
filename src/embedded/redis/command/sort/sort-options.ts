import { integerArgument } from '../arguments.ts'
import { CommandError, syntaxError } from '../command-error.ts'

export interface SortOptions {
  readonly descending: boolean
  /** By bytes instead of numbers. */
  readonly alphabetic: boolean
  /** `BY` without a star: in the order there is. */
  readonly unsorted: boolean
  /** What to sort by instead of the elements themselves. */
  readonly by: string | undefined
  /** What to answer instead of the elements themselves. */
  readonly get: readonly string[]
  readonly offset: number
  /** Below 0: all. */
  readonly count: number
  readonly store: string | undefined
}

/** `readsAnyKey`: BY and GET name keys that only the data tell. */
export function sortOptions(args: readonly string[], mayStore: boolean, readsAnyKey: boolean): SortOptions {
  let descending = false
  let alphabetic = false
  let unsorted = false
  let by: string | undefined
  let offset = 0
  let count = -1
  let store: string | undefined
  const get: string[] = []
  for (let i = 2; i < args.length; i++) {
    const left = args.length - i - 1
    const name = args[i]!.toLowerCase()
    if (name === 'asc' || name === 'desc') {
      descending = name === 'desc'
    } else if (name === 'alpha') {
      alphabetic = true
    } else if (name === 'limit' && left >= 2) {
      offset = integerArgument(args[++i]!)
      count = integerArgument(args[++i]!)
    } else if (name === 'store' && mayStore && left >= 1) {
      store = args[++i]!
    } else if (name === 'by' && left >= 1) {
      by = args[++i]!
      if (by.includes('*')) requireAnyKey('BY', readsAnyKey)
      else unsorted = true
    } else if (name === 'get' && left >= 1) {
      requireAnyKey('GET', readsAnyKey)
      get.push(args[++i]!)
    } else {
      throw syntaxError()
    }
  }
  return { descending, alphabetic, unsorted, by, get, offset, count, store }
}

function requireAnyKey(option: string, readsAnyKey: boolean): void {
  if (!readsAnyKey) throw new CommandError(`ERR ${option} option of SORT denied due to insufficient ACL permissions.`)
}

/** The keys that SORT names: what it sorts, and where it puts the result. */
export function sortKeys(args: readonly string[]): readonly string[] {
  let store: string | undefined
  for (let i = 2; i < args.length; i++) {
    const name = args[i]!.toLowerCase()
    if (name === 'limit') i += 2
    else if (name === 'by' || name === 'get') i++
    else if (name === 'store') store = args[++i]
  }
  return store === undefined ? [args[1]!] : [args[1]!, store]
}
