import { NameTable } from '../base/name-table.ts'
import { MillraceError } from '../errors.ts'
import type { BatchCollector, BoltDefinition, BoltTask } from '../topology/bolt.ts'
import type { TaskContext } from '../topology/context.ts'
import type { Batch } from '../tuple/batch.ts'
import type { Fields, Tuple, TupleOf } from '../tuple/fields.ts'
import { JoinedBatch } from '../tuple/joined-batch.ts'
import { PickedBatch } from '../tuple/picked-batch.ts'
import { TextColumn } from '../tuple/text-column.ts'
import { keptFields, type KeptFields } from './kept-fields.ts'
import { textIn } from './text-in.ts'

/** Where values are looked up: a Map, a `redisReader`, or anything that has `get`. */
export interface LookupSource {
  get(key: string): string | null | undefined | Promise<string | null | undefined>
  close?(): void
}

export interface LookupOptions<F extends string, A extends string, K extends Fields> {
  /** The field that holds the key: text. */
  readonly field: F
  /** The field that the value is emitted as: text. */
  readonly as: A
  /** Made once per task and attempt; closed with it. */
  readonly from: (context: TaskContext) => LookupSource | Promise<LookupSource>
  /** What else is emitted: these fields of the tuple, as declared here. */
  readonly keep: K
  /** What becomes of a tuple whose key has no value: it fails, or it is dropped. Default `fail`. */
  readonly missing?: 'fail' | 'drop'
  /** Keys whose answers are remembered, a missing value too; when there are more, all are forgotten. Default 1,000,000. */
  readonly remembered?: number
}

type Joined<A extends string, K extends Fields> = { readonly default: K & { readonly [N in A]: 'string' } }

/**
 * Joins tuples with reference data that does not change while the topology runs:
 * `lookup({ field: 'ad', as: 'campaign', from: redisReader, keep: { time: 'number' } })`.
 */
export function lookup<const F extends string, const A extends string, const K extends Fields>(options: LookupOptions<F, A, K>): BoltDefinition<{ readonly [N in F]: string } & TupleOf<K>, Joined<A, K>> {
  const { as, field, keep } = options
  const kept = keptFields(keep)
  return {
    role: 'bolt',
    streams: { default: { ...keep, [as]: 'string' } },
    reads: [field, ...kept.names],
    createTask: (context) => new LookupTask(options, kept, context),
  }
}

/** The value of a key that has none. */
const none = -1

class LookupTask implements BoltTask {
  readonly #options: LookupOptions<string, string, Fields>
  readonly #kept: KeptFields
  readonly #context: TaskContext
  #source: LookupSource | undefined
  #keys = new NameTable()
  #values = new NameTable()
  /** By key: the number of its value. */
  #valueOf: number[] = []

  constructor(options: LookupOptions<string, string, Fields>, kept: KeptFields, context: TaskContext) {
    this.#options = options
    this.#kept = kept
    this.#context = context
  }

  async prepare(): Promise<void> {
    this.#source = await this.#options.from(this.#context)
  }

  execute(tuple: Tuple, out: { emit(tuple: Tuple): void }): void | Promise<void> {
    const key = textIn(tuple[this.#options.field], `lookup: the ${this.#options.field} of a tuple`)
    const emit = (value: number) => {
      if (value === none) this.#lacks()
      else out.emit({ ...this.#kept.of(tuple), [this.#options.as]: this.#values.nameOf(value) })
    }
    const known = this.#keys.find(0, key)
    if (known >= 0) return emit(this.#valueOf[known]!)
    const found = this.#source!.get(key)
    if (found instanceof Promise) return found.then((value) => emit(this.#remember(key, value)))
    emit(this.#remember(key, found))
  }

  executeBatch(batch: Batch, out: BatchCollector): boolean | Promise<boolean> {
    const column = batch.column(this.#options.field)
    if (column?.kind !== 'text') return false
    const unknown = this.#unknown(column)
    if (unknown.size === 0) return this.#join(batch, column, out)
    return Promise.all(Array.from(unknown, async (key) => this.#remember(key, await this.#source!.get(key)))).then(() => this.#unknown(column).size === 0 && this.#join(batch, column, out))
  }

  cleanup(): void {
    this.#source?.close?.()
  }

  #unknown(column: TextColumn): Set<string> {
    const unknown = new Set<string>()
    for (let row = 0; row < column.rows; row++) {
      if (this.#keys.findText(0, column, row) < 0) unknown.add(column.text(row))
    }
    return unknown
  }

  /** Of a column whose keys are all known. */
  #join(batch: Batch, keys: TextColumn, out: BatchCollector): boolean {
    const values = new Int32Array(batch.rows)
    const rows = new Int32Array(batch.rows)
    let count = 0
    for (let row = 0; row < batch.rows; row++) {
      const value = this.#valueOf[this.#keys.findText(0, keys, row)]!
      if (value !== none) {
        rows[count] = row
        values[count++] = value
      } else if (this.#options.missing !== 'drop') return false
    }
    const from = new PickedBatch(batch, rows.subarray(0, count), this.#kept.names)
    out.emit(new JoinedBatch(from, this.#options.as, this.#column(values.subarray(0, count))))
    return true
  }

  #column(values: Int32Array): TextColumn {
    const table = this.#values
    return new TextColumn(table.names, values.map((value) => table.nameAt(value)), values.map((value) => table.nameEnd(value)), { hashes: values.map((value) => table.hashOf(value)) })
  }

  #remember(key: string, value: string | null | undefined): number {
    const { remembered = 1_000_000 } = this.#options
    if (this.#keys.size >= remembered) {
      this.#keys = new NameTable()
      this.#values = new NameTable()
      this.#valueOf = []
    }
    const number = value === null || value === undefined ? none : this.#numberOf(value)
    const known = this.#keys.find(0, key)
    this.#valueOf[known >= 0 ? known : this.#keys.add(0, key)] = number
    return number
  }

  #numberOf(value: string): number {
    const known = this.#values.find(0, value)
    return known >= 0 ? known : this.#values.add(0, textIn(value, `lookup: the value of a ${this.#options.field}`))
  }

  #lacks(): void {
    if (this.#options.missing === 'drop') return
    throw new MillraceError('MR_BOLT_FAILED', `lookup: there is no value for the ${this.#options.field} of a tuple`, { remedy: "add it to the reference data, or let such tuples be dropped (missing: 'drop')" })
  }
}
