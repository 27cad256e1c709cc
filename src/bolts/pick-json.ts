import * as v from 'valibot'
import { MillraceError } from '../errors.ts'
import type { BatchCollector, BoltDefinition } from '../topology/bolt.ts'
import type { Batch, Column } from '../tuple/batch.ts'
import { ColumnBatch } from '../tuple/column-batch.ts'
import { ColumnPool } from '../tuple/column-pool.ts'
import { setField, type Tuple } from '../tuple/fields.ts'
import { RowBatch } from '../tuple/row-batch.ts'
import { TextColumn } from '../tuple/text-column.ts'
import { checkBoltOptions, fieldName } from './bolt-options.ts'
import { JsonScanner, type Found, type JsonFieldType } from './json-scanner.ts'

export interface PickJsonOptions<F extends string, P extends Picked> {
  /** The tuple's field to read; it holds one JSON object as text. */
  readonly field: F
  /** Members of the object, and what they hold; each becomes a field. */
  readonly fields: P
}

type Picked = Readonly<Record<string, JsonFieldType>>

const mostFields = 30

/**
 * Emits the declared members of a JSON object: `pickJson({ field: 'value', fields: { user: 'string', cents: 'number' } })`.
 * Reads what JSON.parse would, the last of equal names too. A tuple fails when its text is no JSON
 * object or when a member is missing or holds something else. Between a spout with `value: 'utf8'` and
 * library bolts of the same thread it scans the bytes for these members only and parses nothing.
 */
export function pickJson<const F extends string, const P extends Picked>(options: PickJsonOptions<F, P>): BoltDefinition<{ readonly [K in F]: string }, { readonly default: P }> {
  checkBoltOptions('pickJson', { field: fieldName, fields: v.record(v.string(), v.picklist(['string', 'number', 'boolean'])) }, options)
  const { field, fields } = options
  const names = Object.keys(fields)
  const types = Object.values(fields)
  if (names.length === 0 || names.length > mostFields) {
    throw new MillraceError('MR_OPTIONS_INVALID', `pickJson: ${names.length} fields are declared`, { remedy: `declare 1 to ${mostFields} fields` })
  }
  return {
    role: 'bolt',
    streams: { default: fields },
    reads: [field],
    createTask() {
      const picker = new Picker(names, types)
      return {
        execute: (tuple, out) => out.emit(pick(tuple[field] as string, names, types)),
        executeBatch(batch, out) {
          const column = batch.column(field)
          if (column?.kind !== 'text') return false
          picker.pick(batch, column, out)
          return true
        },
      }
    },
  }
}

function pick(text: string, names: readonly string[], types: readonly JsonFieldType[]): Tuple {
  const object = parsed(text)
  const picked: Record<string, unknown> = {}
  for (let field = 0; field < names.length; field++) {
    const name = names[field]!
    const value = Object.hasOwn(object, name) ? object[name] : undefined
    if (typeof value !== types[field]) throw refused(`its ${name} is ${value === undefined ? 'missing' : `no ${types[field]}`}`)
    setField(picked, name, value)
  }
  return picked
}

function parsed(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Its message quotes the text.
    throw refused('it is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused('it is no object')
  return value as Record<string, unknown>
}

function refused(why: string): MillraceError {
  return new MillraceError('MR_RECORD_INVALID', `pickJson cannot read a text: ${why}`, { remedy: "correct the producer or the declared fields, or let such tuples be skipped (onError: 'skip' of this bolt)" })
}

/** Takes batches: rows the scanner is sure of go in columns, the others are parsed, all in their order. */
class Picker {
  readonly #names: readonly string[]
  readonly #types: readonly JsonFieldType[]
  readonly #scanner: JsonScanner
  readonly #pool: ColumnPool
  /** Numbers take the room of two. */
  readonly #width: number

  constructor(names: readonly string[], types: readonly JsonFieldType[]) {
    this.#names = names
    this.#types = types
    this.#scanner = new JsonScanner(names, types)
    this.#pool = new ColumnPool(1 + 2 * names.length)
    this.#width = types.every((type) => type === 'string') ? 1 : 2
  }

  pick(batch: Batch, text: TextColumn, out: BatchCollector): void {
    const arrays = this.#pool.take(this.#width * batch.rows)
    const found = foundIn(arrays, this.#types)
    const rows = arrays[0]!
    const scanner = this.#scanner
    const { bytes, ends, starts, view } = text
    let from = 0
    let to = 0
    const flush = (recycle?: () => void) => {
      if (to > from) out.emit(new ColumnBatch(this.#names, this.#columns(text, found, from, to), to - from, batch, behind(rows, from), recycle))
      from = to
    }
    for (let row = 0; row < batch.rows; row++) {
      if (scanner.scan(bytes, view, starts[row]!, ends[row]!, found, to)) rows[to++] = row
      else {
        flush()
        out.emit(new RowBatch([pick(text.text(row), this.#names, this.#types)], batch, Int32Array.of(row)))
      }
    }
    // Arrays that more than one batch looks at are left to the garbage collector.
    flush(from === 0 ? () => this.#pool.give(arrays) : undefined)
  }

  #columns(text: TextColumn, { ends, numbers, starts }: Found, from: number, to: number): Column[] {
    return this.#types.map((type, field) => type === 'string'
      ? new TextColumn(text.bytes, behind(starts[field]!, from), behind(ends[field]!, from), {}, to - from)
      : { kind: type, numbers: numbers[field]!.subarray(from, to) })
  }
}

function foundIn(arrays: Int32Array<ArrayBuffer>[], types: readonly JsonFieldType[]): Found {
  const starts = types.map((_, field) => arrays[1 + 2 * field]!)
  const ends = types.map((_, field) => arrays[2 + 2 * field]!)
  return { starts, ends, numbers: types.map((type, field) => (type === 'string' ? noNumbers : new Float64Array(starts[field]!.buffer, 0, starts[field]!.length >> 1))) }
}

const noNumbers = new Float64Array(0)

/** From a place on; most batches begin at the first. */
function behind(array: Int32Array, from: number): Int32Array {
  return from === 0 ? array : array.subarray(from)
}
