import type { Database } from '../../keyspace/database.ts'
import { HashValue } from '../../keyspace/hash-value.ts'
import { ListValue } from '../../keyspace/list-value.ts'
import { SetValue } from '../../keyspace/set-value.ts'
import { SortedSetValue } from '../../keyspace/sorted-set-value.ts'
import { StringValue } from '../../keyspace/string-value.ts'
import { CommandError, wrongType } from '../command-error.ts'
import type { CommandHandler } from '../command.ts'
import { readDouble } from '../parse-double.ts'
import { sortOptions } from './sort-options.ts'
import type { SortOptions } from './sort-options.ts'

type Sortable = ListValue | SetValue | SortedSetValue | undefined

/** SORT; SORT_RO may not store. */
export function sort(mayStore: boolean): CommandHandler {
  return ({ client, db, mayWait }, args) => {
    const written = sortOptions(args, mayStore, client.user.permissions.some(({ readsAnyKey }) => readsAnyKey))
    const value = sortableAt(db, args[1]!)
    if (value instanceof SortedSetValue) value.leaveListpack()
    // So that what is stored, or done with the answer, does not hang on chance.
    const inBytes = written.unsorted && value instanceof SetValue && (written.store !== undefined || !mayWait)
    const options = inBytes ? { ...written, unsorted: false, alphabetic: true, by: undefined } : written
    const elements = limited(ordered(db, elementsOf(value, options), options), options)
    const results = options.get.length === 0 ? elements : elements.flatMap((element) => options.get.map((pattern) => lookedUp(db, pattern, element)))
    if (options.store === undefined) return results
    const list = new ListValue()
    for (const result of results) list.pushRight(result ?? '')
    if (list.empty) db.delete(options.store)
    else db.put(options.store, list)
    return results.length
  }
}

function sortableAt(db: Database, key: string): Sortable {
  const value = db.find(key)
  if (value === undefined || value instanceof ListValue || value instanceof SetValue || value instanceof SortedSetValue) return value
  throw wrongType()
}

function elementsOf(value: Sortable, { unsorted, descending }: SortOptions): string[] {
  if (value === undefined) return []
  if (value instanceof SetValue) return value.members()
  const elements = value instanceof ListValue ? value.slice(0, value.size) : value.slice(0, value.size).map(({ member }) => member)
  return unsorted && descending ? elements.reverse() : elements
}

interface Weighed {
  readonly element: string
  readonly text: string | null
  readonly weight: number
}

function ordered(db: Database, elements: string[], { unsorted, by, alphabetic, descending }: SortOptions): string[] {
  if (unsorted) return elements
  const weighed = elements.map((element): Weighed => {
    const text = by === undefined ? element : lookedUp(db, by, element)
    return { element, text, weight: alphabetic || text === null ? 0 : weightOf(text) }
  })
  const compare = alphabetic ? byText : byWeight
  return weighed.sort((left, right) => (descending ? compare(right, left) : compare(left, right))).map(({ element }) => element)
}

function byText({ text: left }: Weighed, { text: right }: Weighed): number {
  if (left === right) return 0
  return right !== null && (left === null || left < right) ? -1 : 1
}

function byWeight(left: Weighed, right: Weighed): number {
  if (left.weight !== right.weight) return left.weight < right.weight ? -1 : 1
  return left.element < right.element ? -1 : left.element > right.element ? 1 : 0
}

function weightOf(text: string): number {
  const [number = ''] = text.split('\0', 1)
  const { value, length, outOfRange } = readDouble(number)
  if (length !== number.length || outOfRange || Number.isNaN(value)) throw new CommandError("ERR One or more scores can't be converted into double")
  return value
}

function limited(elements: string[], { offset, count }: SortOptions): string[] {
  const start = Math.max(0, offset)
  return elements.slice(start, count < 0 ? undefined : start + count)
}

/** What stands at the key that the pattern makes of the element, or in a field of it (`key_*->field`); `#` is the element. */
function lookedUp(db: Database, pattern: string, element: string): string | null {
  if (pattern === '#') return element
  const star = pattern.indexOf('*')
  if (star === -1) return null
  const arrow = pattern.indexOf('->', star + 1)
  const isField = arrow !== -1 && arrow + 2 < pattern.length
  const key = pattern.slice(0, star) + element + pattern.slice(star + 1, isField ? arrow : undefined)
  const value = db.find(key)
  if (isField) {
    const content = value instanceof HashValue ? value.get(pattern.slice(arrow + 2)) : undefined
    return content === undefined ? null : String(content)
  }
  return value instanceof StringValue ? value.text : null
}
