import * as v from 'valibot'
import { NameTable } from '../base/name-table.ts'
import { MillraceError } from '../errors.ts'
import type { BatchCollector, BoltDefinition, BoltTask } from '../topology/bolt.ts'
import type { TaskContext } from '../topology/context.ts'
import type { Batch } from '../tuple/batch.ts'
import { ColumnPool } from '../tuple/column-pool.ts'
import { setField, type Fields, type Tuple, type TupleOf } from '../tuple/fields.ts'
import { JoinedBatch } from '../tuple/joined-batch.ts'
import { PickedBatch } from '../tuple/picked-batch.ts'
import { TextColumn } from '../tuple/text-column.ts'
import { checkBoltOptions, fieldName, fieldTypes } from './bolt-options.ts'
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
  /** Keys whose answers are remembered, a missing value too; when there are more, or they have 32 MiB of text, all are forgotten. Default 1,000,000. */
  readonly remembered?: number
}

type Joined<A extends string, K extends Fields> = { readonly default: K & { readonly [N in A]: 'string' } }

/**
 * Joins tuples with reference data that does not change while the topology runs:
 * `lookup({ field: 'ad', as: 'campaign', from: redisReader, keep: { time: 'number' } })`.
 */
export function lookup<const F extends string, const A extends string, const K extends Fields>(options: LookupOptions<F, A, K>): BoltDefinition<{ readonly [N in F]: string } & TupleOf<K>, Joined<A, K>> {
  if (typeof options?.from !== 'function') throw new MillraceError('MR_OPTIONS_INVALID', 'lookup: from is no function', { remedy: 'give a function that makes the source, such as () => map, or redisReader' })
  checkBoltOptions('lookup', {
    field: fieldName, as: fieldName, from: v.function(), keep: fieldTypes,
    missing: v.optional(v.picklist(['fail', 'drop'])),
    remembered: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  }, options)
  const { as, field, keep } = options
  if (Object.hasOwn(keep, as)) throw new MillraceError('MR_OPTIONS_INVALID', `lookup: ${as} is the field of the value, and one that is kept`, { remedy: 'give the value another name' })
  const kept = keptFields(keep)
  return {
    role: 'bolt',
    streams: { default: { ...keep, [as]: 'string' } },
    reads: [field, ...kept.names],
    createTask: (context) => new LookupTask(options, kept, context),
  }
}

const mostTextBytes = 2 ** 25

/** The value of a key that has none, and of one whose value has not been asked for. */
const none = -1
const unasked = -2

class LookupTask implements BoltTask {
  readonly #options: LookupOptions<string, string, Fields>
  readonly #kept: KeptFields
  readonly #context: TaskContext
  readonly #remembered: number
  /** For the columns of batches: rows, starts, ends and hashes; and for those of what is left of a batch. */
  readonly #pool = new ColumnPool(4)
  readonly #single = new ColumnPool(1)
  #source: LookupSource | undefined
  #keys = new NameTable()
  #values = new NameTable()
  /** By key: the number of its value. */
  #valueOf: number[] = []

  constructor(options: LookupOptions<string, string, Fields>, kept: KeptFields, context: TaskContext) {
    this.#options = options
    this.#kept = kept
    this.#context = context
    this.#remembered = options.remembered ?? 1_000_000
  }

  async prepare(): Promise<void> {
    this.#source = await this.#options.from(this.#context)
  }

  execute(tuple: Tuple, out: { emit(tuple: Tuple): void }): void | Promise<void> {
    const key = textIn(tuple[this.#options.field], `lookup: the ${this.#options.field} of a tuple`)
    const known = this.#keys.find(0, key)
    const value = known < 0 ? unasked : this.#valueOf[known]!
    if (value !== unasked) return this.#emit(tuple, value, out)
    const found = this.#source!.get(key)
    if (found instanceof Promise) return found.then((later) => this.#emit(tuple, this.#remember(key, later), out))
    this.#emit(tuple, this.#remember(key, found), out)
  }

  executeBatch(batch: Batch, out: BatchCollector): boolean | Promise<boolean> {
    const column = batch.column(this.#options.field)
    if (column?.kind !== 'text') return false
    if (this.#overfull(this.#remembered)) this.#forget()
    const joined = this.#join(batch, column, out)
    if (joined !== undefined) return joined
    return Promise.all(Array.from(this.#unknown(column), async (key) => this.#remember(key, await this.#source!.get(key)))).then(() => this.#join(batch, column, out) ?? false)
  }

  cleanup(): void {
    this.#source?.close?.()
  }

  #emit(tuple: Tuple, value: number, out: { emit(tuple: Tuple): void }): void {
    if (value === none) return this.#lacks()
    const joined = this.#kept.of(tuple)
    setField(joined, this.#options.as, this.#values.nameOf(value))
    out.emit(joined)
  }

  /** The key of each row. Valid until the next call. */
  #keysOf(column: TextColumn): Int32Array {
    const keys = this.#keys.entriesOf(0, column)
    while (this.#valueOf.length < this.#keys.size) this.#valueOf.push(unasked)
    return keys
  }

  #unknown(column: TextColumn): Set<string> {
    const texts = new Set<string>()
    for (const [row, key] of this.#keysOf(column).entries()) if (this.#valueOf[key] === unasked) texts.add(column.text(row))
    return texts
  }

  /** False when a row has to fail, undefined when there is a key whose value has not been asked for. */
  #join(batch: Batch, column: TextColumn, out: BatchCollector): boolean | undefined {
    const { as, missing } = this.#options
    const { rows } = batch
    const keys = this.#keysOf(column)
    const values = this.#values
    const valueOf = this.#valueOf
    const arrays = this.#pool.take(rows)
    const [picked, starts, ends, hashes] = arrays as [Int32Array, Int32Array, Int32Array, Int32Array]
    let count = 0
    for (let row = 0; row < rows; row++) {
      const value = valueOf[keys[row]!]!
      if (value < 0) {
        if (value === none && missing === 'drop') continue
        this.#pool.give(arrays)
        return value === none ? false : undefined
      }
      picked[count] = row
      starts[count] = values.nameAt(value)
      ends[count] = values.nameEnd(value)
      hashes[count++] = values.hashOf(value)
    }
    const from = count === rows ? batch : new PickedBatch(batch, picked, count, this.#kept.names, this.#single)
    const joined = new TextColumn(values.names, starts, ends, { hashes }, count)
    out.emit(new JoinedBatch(from, this.#kept.names, as, joined, () => {
      this.#pool.give(arrays)
      if (from !== batch) from.release()
    }))
    return true
  }

  #remember(key: string, value: string | null | undefined): number {
    let known = this.#keys.find(0, key)
    if (known < 0) {
      if (this.#overfull(this.#remembered - 1)) this.#forget()
      known = this.#keys.add(0, key)
    }
    const number = value === null || value === undefined ? none : this.#numberOf(value)
    this.#valueOf[known] = number
    return number
  }

  #overfull(mostKeys: number): boolean {
    return this.#keys.size > mostKeys || this.#keys.nameBytes + this.#values.nameBytes > mostTextBytes
  }

  #forget(): void {
    this.#keys = new NameTable()
    this.#values = new NameTable()
    this.#valueOf = []
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
