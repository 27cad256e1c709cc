import { NameTable } from '../base/name-table.ts'
import { MillraceError } from '../errors.ts'
import type { BatchCollector, BoltDefinition, BoltTask } from '../topology/bolt.ts'
import { noLineage, type Batch, type Column } from '../tuple/batch.ts'
import { ColumnBatch } from '../tuple/column-batch.ts'
import type { Tuple } from '../tuple/fields.ts'
import { TextColumn } from '../tuple/text-column.ts'
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
export function tumblingCount<const F extends string, const T extends string>({ by, sizeMs, time }: TumblingCountOptions<F, T>): BoltDefinition<{ readonly [N in F]: string } & { readonly [N in T]: number | string }, Windows<F>> {
  if (!Number.isSafeInteger(sizeMs) || sizeMs < 1) throw new MillraceError('MR_OPTIONS_INVALID', `tumblingCount: sizeMs is ${sizeMs}`, { remedy: 'give whole milliseconds, at least 1' })
  return {
    role: 'bolt',
    streams: { default: { [by]: 'string', start: 'number', count: 'number' } } as unknown as Windows<F>,
    reads: [by, time],
    createTask: () => new TumblingCountTask(by, time, sizeMs),
  }
}

/** Of one epoch: windows are groups of the table. */
interface Shares {
  readonly values: NameTable
  readonly starts: number[]
  readonly windowAt: Map<number, number>
  counts: Float64Array<ArrayBuffer>
}

class TumblingCountTask implements BoltTask {
  readonly #by: string
  readonly #time: string
  readonly #sizeMs: number
  readonly #epochs = new Map<number, Shares>()

  constructor(by: string, time: string, sizeMs: number) {
    this.#by = by
    this.#time = time
    this.#sizeMs = sizeMs
  }

  execute(tuple: Tuple, out: { readonly epoch: number }): void {
    const value = textIn(tuple[this.#by], `tumblingCount: the ${this.#by} of a tuple`)
    const window = this.#windowOf(timeIn(tuple[this.#time], this.#time))
    const shares = this.#sharesOf(out.epoch)
    const group = groupOf(shares, window)
    const found = shares.values.find(group, value)
    count(shares, found >= 0 ? found : shares.values.add(group, value))
  }

  executeBatch(batch: Batch, out: BatchCollector): boolean {
    const values = batch.column(this.#by)
    const times = batch.column(this.#time)
    if (values?.kind !== 'text' || times === undefined) return false
    const starts = this.#startsOf(times, batch.rows)
    if (starts === undefined) return false
    const shares = this.#sharesOf(out.epoch)
    let start = Number.NaN
    let group = 0
    for (let row = 0; row < batch.rows; row++) {
      if (starts[row] !== start) {
        start = starts[row]!
        group = groupOf(shares, start)
      }
      const found = shares.values.findText(group, values, row)
      count(shares, found >= 0 ? found : shares.values.addText(group, values, row))
    }
    return true
  }

  endEpoch(epoch: number, out: BatchCollector): void {
    const shares = this.#epochs.get(epoch)
    if (shares === undefined) return
    this.#epochs.delete(epoch)
    const { counts, starts, values } = shares
    const rows = values.size
    const at = new Int32Array(rows)
    const ends = new Int32Array(rows)
    const windows = new Float64Array(rows)
    for (let entry = 0; entry < rows; entry++) {
      at[entry] = values.nameAt(entry)
      ends[entry] = values.nameEnd(entry)
      windows[entry] = starts[values.groupOf(entry)]!
    }
    const columns: Column[] = [new TextColumn(values.names, at, ends), { kind: 'number', numbers: windows }, { kind: 'number', numbers: counts.subarray(0, rows) }]
    out.emit(new ColumnBatch([this.#by, 'start', 'count'], columns, rows, noLineage))
  }

  /** Undefined when a time is none. */
  #startsOf(times: Column, rows: number): Float64Array | undefined {
    const starts = new Float64Array(rows)
    for (let row = 0; row < rows; row++) {
      const time = times.kind === 'text' ? wholeNumber(times.bytes, times.starts[row]!, times.ends[row]!) : times.numbers[row]!
      if (!Number.isSafeInteger(time)) return undefined
      starts[row] = this.#windowOf(time)
    }
    return starts
  }

  #windowOf(time: number): number {
    return Math.floor(time / this.#sizeMs) * this.#sizeMs
  }

  #sharesOf(epoch: number): Shares {
    let shares = this.#epochs.get(epoch)
    if (shares === undefined) {
      shares = { values: new NameTable(), starts: [], windowAt: new Map(), counts: new Float64Array(256) }
      this.#epochs.set(epoch, shares)
    }
    return shares
  }
}

function groupOf({ starts, windowAt }: Shares, start: number): number {
  let group = windowAt.get(start)
  if (group === undefined) {
    group = starts.push(start) - 1
    windowAt.set(start, group)
  }
  return group
}

function count(shares: Shares, entry: number): void {
  if (entry >= shares.counts.length) {
    const larger = new Float64Array(2 * shares.counts.length)
    larger.set(shares.counts)
    shares.counts = larger
  }
  shares.counts[entry]!++
}

function timeIn(value: unknown, field: string): number {
  const time = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value
  if (typeof time === 'number' && Number.isSafeInteger(time)) return time
  throw new MillraceError('MR_RECORD_INVALID', `tumblingCount: the ${field} of a tuple is no whole number`, { remedy: "correct the producer, or let such tuples be skipped (onError: 'skip' of this bolt)" })
}
