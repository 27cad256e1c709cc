import * as v from 'valibot'
import { NameTable } from '../base/name-table.ts'
import { MillraceError } from '../errors.ts'
import type { BatchCollector, BoltDefinition, BoltTask } from '../topology/bolt.ts'
import { noLineage, type Batch, type Column } from '../tuple/batch.ts'
import { ColumnBatch } from '../tuple/column-batch.ts'
import type { Tuple } from '../tuple/fields.ts'
import { TextColumn } from '../tuple/text-column.ts'
import { checkBoltOptions, fieldName } from './bolt-options.ts'
import { PairCounts } from './pair-counts.ts'
import { textIn } from './text-in.ts'
import { wholeNumber } from './whole-number.ts'

export interface TumblingCountOptions<F extends string, T extends string> {
  /** The field whose values are counted: text. It is emitted as it is. */
  readonly by: F
  /** The field with the event's time in ms since 1970: a whole number, or one as text. */
  readonly time: T
  /** Length of a window; windows begin at its multiples since 1970. */
  readonly sizeMs: number
}

type Windows<F extends string> = { readonly default: { readonly [N in F]: 'string' } & { readonly start: 'number'; readonly count: 'number' } }

/**
 * Counts values per window of event time: `tumblingCount({ by: 'campaign', time: 'time', sizeMs: 10_000 })`
 * emits `{ campaign, start, count }`. What it emits are shares of an epoch: each epoch emits, at its end,
 * how many tuples of it belong to each value and window, so a sink adds them up (`hincrby`), and
 * late events are counted like all others. No share is lost or doubled: it is committed with its epoch.
 */
export function tumblingCount<const F extends string, const T extends string>(options: TumblingCountOptions<F, T>): BoltDefinition<{ readonly [N in F]: string } & { readonly [N in T]: number | string }, Windows<F>> {
  checkBoltOptions('tumblingCount', { by: fieldName, time: fieldName, sizeMs: v.pipe(v.number(), v.safeInteger(), v.minValue(1)) }, options)
  const { by, sizeMs, time } = options
  return {
    role: 'bolt',
    streams: { default: { [by]: 'string', start: 'number', count: 'number' } } as unknown as Windows<F>,
    reads: [by, time],
    createTask: () => new TumblingCountTask(by, time, sizeMs),
  }
}

/** Of one epoch. Windows are numbered in the order they come, values by the table. */
interface Shares {
  readonly values: NameTable
  readonly starts: number[]
  readonly windowAt: Map<number, number>
  /** By window and value. */
  readonly counts: PairCounts
}

/** Values that are kept from epoch to epoch, and bytes of them; with more the next epoch begins anew. */
const mostValues = 2 ** 18
const mostValueBytes = 2 ** 24

class TumblingCountTask implements BoltTask {
  readonly #by: string
  readonly #time: string
  readonly #sizeMs: number
  readonly #epochs = new Map<number, Shares>()
  #values = new NameTable()
  /** Of an epoch that has ended, for the next one. */
  #spare: PairCounts | undefined
  /** Window of each row of a batch. */
  #windows = new Int32Array(0)

  constructor(by: string, time: string, sizeMs: number) {
    this.#by = by
    this.#time = time
    this.#sizeMs = sizeMs
  }

  execute(tuple: Tuple, out: { readonly epoch: number }): void {
    const value = textIn(tuple[this.#by], `tumblingCount: the ${this.#by} of a tuple`)
    const start = this.#startOf(timeIn(tuple[this.#time], this.#time))
    const { counts, starts, values, windowAt } = this.#sharesOf(out.epoch)
    const found = values.find(0, value)
    counts.add(windowOf(start, starts, windowAt), found >= 0 ? found : values.add(0, value))
  }

  executeBatch(batch: Batch, out: BatchCollector): boolean {
    const { rows } = batch
    const values = batch.column(this.#by)
    const times = batch.column(this.#time)
    if (values?.kind !== 'text' || times === undefined) return false
    const shares = this.#sharesOf(out.epoch)
    const windows = this.#windowsOf(times, rows, shares)
    if (windows === undefined) return false
    const { counts } = shares
    const numbers = shares.values.entriesOf(0, values)
    for (let row = 0; row < rows; row++) counts.add(windows[row]!, numbers[row]!)
    return true
  }

  gathered(epoch: number): number {
    return this.#epochs.get(epoch)?.counts.size ?? 0
  }

  endEpoch(epoch: number, out: BatchCollector): void {
    const shares = this.#epochs.get(epoch)
    if (shares === undefined) return
    this.#epochs.delete(epoch)
    const { counts, starts, values } = shares
    const rows = counts.size
    const at = new Int32Array(rows)
    const ends = new Int32Array(rows)
    const hashes = new Int32Array(rows)
    const windows = new Float64Array(rows)
    for (let entry = 0; entry < rows; entry++) {
      const value = counts.secondOf(entry)
      at[entry] = values.nameAt(value)
      ends[entry] = values.nameEnd(value)
      hashes[entry] = values.hashOf(value)
      windows[entry] = starts[counts.firstOf(entry)]!
    }
    const columns: Column[] = [new TextColumn(values.names, at, ends, { hashes }), { kind: 'number', numbers: windows }, { kind: 'number', numbers: counts.counts() }]
    out.emit(new ColumnBatch([this.#by, 'start', 'count'], columns, rows, noLineage))
    counts.clear()
    this.#spare = counts
  }

  /** Undefined when a time is none. Valid until the next call. */
  #windowsOf(times: Column, rows: number, { starts, windowAt }: Shares): Int32Array | undefined {
    if (this.#windows.length < rows) this.#windows = new Int32Array(2 * rows)
    const windows = this.#windows
    // Rows that follow one another mostly belong to one window.
    let start = 0
    let end = 0
    let window = 0
    for (let row = 0; row < rows; row++) {
      const time = times.kind === 'text' ? wholeNumber(times.view, times.starts[row]!, times.ends[row]!) : times.numbers[row]!
      if (!Number.isSafeInteger(time)) return undefined
      if (time < start || time >= end) {
        start = this.#startOf(time)
        end = start + this.#sizeMs
        window = windowOf(start, starts, windowAt)
      }
      windows[row] = window
    }
    return windows
  }

  #startOf(time: number): number {
    return Math.floor(time / this.#sizeMs) * this.#sizeMs
  }

  #sharesOf(epoch: number): Shares {
    let shares = this.#epochs.get(epoch)
    if (shares === undefined) {
      if (this.#values.size > mostValues || this.#values.nameBytes > mostValueBytes) this.#values = new NameTable()
      shares = { values: this.#values, starts: [], windowAt: new Map(), counts: this.#spare ?? new PairCounts() }
      this.#spare = undefined
      this.#epochs.set(epoch, shares)
    }
    return shares
  }
}

function windowOf(start: number, starts: number[], windowAt: Map<number, number>): number {
  let window = windowAt.get(start)
  if (window === undefined) {
    window = starts.push(start) - 1
    windowAt.set(start, window)
  }
  return window
}

function timeIn(value: unknown, field: string): number {
  const time = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value
  if (typeof time === 'number' && Number.isSafeInteger(time)) return time
  throw new MillraceError('MR_RECORD_INVALID', `tumblingCount: the ${field} of a tuple is no whole number`, { remedy: "correct the producer, or let such tuples be skipped (onError: 'skip' of this bolt)" })
}
