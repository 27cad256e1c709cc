import type { StreamedRecord } from './hostile-stream.ts'

export const anything = Symbol('anything')

/** What must be in Redis in the end, besides the topology's own keys; `number` fields are compared as numbers, fields of `anything` need only be there. */
export type Expected = Map<string, { readonly hash: Map<string, string | { readonly number: number } | typeof anything> } | { readonly list: Set<string> }>

/** Says independently what a topology must make of each record. */
export interface Oracle {
  /** Answers whether all of the record is counted; else some of it is skipped. */
  take(record: StreamedRecord): boolean
  /** Tuples that components must have skipped; those that are not named, none. */
  readonly skipped: ReadonlyMap<string, number>
  expected(): Expected
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text a record holds, or undefined where a strict reader of UTF-8 refuses it. */
export function textOf({ key, value }: StreamedRecord, maxRecordBytes: number): string | undefined {
  if (value === null || (key?.length ?? 0) + value.length > maxRecordBytes) return undefined
  try {
    return strict.decode(value)
  } catch {
    return undefined
  }
}

export class Tally extends Map<string, number> {
  add(name: string): void {
    this.set(name, (this.get(name) ?? 0) + 1)
  }

  /** As `add`, and answers false: for a component that skips a tuple. */
  refuse(name: string): false {
    this.add(name)
    return false
  }

  asHash(): { readonly hash: Map<string, string> } {
    return { hash: new Map(Array.from(this, ([name, count]) => [name, String(count)])) }
  }
}
