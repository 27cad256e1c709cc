import { MillraceError } from '../errors.ts'
import type { BatchCollector, BoltDefinition } from '../topology/bolt.ts'
import type { Batch, Column } from '../tuple/batch.ts'
import { ColumnBatch } from '../tuple/column-batch.ts'
import type { Tuple } from '../tuple/fields.ts'
import { RowBatch } from '../tuple/row-batch.ts'
import { TextColumn } from '../tuple/text-column.ts'
import { JsonScanner, type JsonFieldType } from './json-scanner.ts'

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
export function pickJson<const F extends string, const P extends Picked>({ field, fields }: PickJsonOptions<F, P>): BoltDefinition<{ readonly [K in F]: string }, { readonly default: P }> {
  const names = Object.keys(fields)
  if (names.length === 0 || names.length > mostFields) {
    throw new MillraceError('MR_OPTIONS_INVALID', `pickJson: ${names.length} fields are declared`, { remedy: `declare 1 to ${mostFields} fields` })
  }
  return {
    role: 'bolt',
    streams: { default: fields },
    reads: [field],
    createTask() {
      const scanner = new JsonScanner(names, Object.values(fields))
      return {
        execute: (tuple, out) => out.emit(pick(tuple[field] as string, fields)),
        executeBatch(batch, out) {
          const column = batch.column(field)
          if (column?.kind !== 'text') return false
          new Picking(batch, column, fields, scanner).run(out)
          return true
        },
      }
    },
  }
}

function pick(text: string, fields: Picked): Tuple {
  const object = parsed(text)
  const picked: Record<string, unknown> = {}
  for (const [name, type] of Object.entries(fields)) {
    const value = Object.hasOwn(object, name) ? object[name] : undefined
    if (typeof value !== type) throw refused(`its ${name} is ${value === undefined ? 'missing' : `no ${type}`}`)
    Object.defineProperty(picked, name, { value, enumerable: true, writable: true, configurable: true })
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

/** One batch: rows the scanner is sure of go in columns, the others are parsed, all in their order. */
class Picking {
  readonly #batch: Batch
  readonly #text: TextColumn
  readonly #fields: Picked
  readonly #scanner: JsonScanner
  /** By field: starts and ends of texts, or numbers. */
  readonly #starts: Int32Array<ArrayBuffer>[]
  readonly #ends: Int32Array<ArrayBuffer>[]
  readonly #numbers: Float64Array<ArrayBuffer>[]
  readonly #rows: Int32Array<ArrayBuffer>
  #from = 0
  #count = 0

  constructor(batch: Batch, text: TextColumn, fields: Picked, scanner: JsonScanner) {
    this.#batch = batch
    this.#text = text
    this.#fields = fields
    this.#scanner = scanner
    const types = Object.values(fields)
    const texts = types.map((type) => (type === 'string' ? batch.rows : 0))
    this.#starts = texts.map((rows) => new Int32Array(rows))
    this.#ends = texts.map((rows) => new Int32Array(rows))
    this.#numbers = types.map((type) => new Float64Array(type === 'string' ? 0 : batch.rows))
    this.#rows = new Int32Array(batch.rows)
  }

  run(out: BatchCollector): void {
    const { bytes, ends, starts } = this.#text
    const scanner = this.#scanner
    const fields = this.#starts.length
    for (let row = 0; row < this.#batch.rows; row++) {
      if (!scanner.scan(bytes, starts[row]!, ends[row]!)) {
        this.#flush(out)
        out.emit(new RowBatch([pick(this.#text.text(row), this.#fields)], this.#batch, Int32Array.of(row)))
        continue
      }
      const at = this.#count++
      this.#rows[at] = row
      for (let field = 0; field < fields; field++) {
        const texts = this.#starts[field]!
        if (texts.length > 0) {
          texts[at] = scanner.starts[field]!
          this.#ends[field]![at] = scanner.ends[field]!
        } else this.#numbers[field]![at] = scanner.numbers[field]!
      }
    }
    this.#flush(out)
  }

  #flush(out: BatchCollector): void {
    const from = this.#from
    const to = this.#count
    if (to === from) return
    const columns = Object.values(this.#fields).map((type, field): Column => type === 'string'
      ? new TextColumn(this.#text.bytes, this.#starts[field]!.subarray(from, to), this.#ends[field]!.subarray(from, to))
      : { kind: type, numbers: this.#numbers[field]!.subarray(from, to) })
    out.emit(new ColumnBatch(Object.keys(this.#fields), columns, to - from, this.#batch, this.#rows.subarray(from, to)))
    this.#from = to
  }
}
