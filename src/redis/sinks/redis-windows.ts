import { writeUtf8 } from '../../base/utf8.ts'
import { asMillraceError, MillraceError } from '../../errors.ts'
import type { WriteSet } from '../../state/write-set.ts'
import { TextColumn } from '../../tuple/text-column.ts'
import { storeRef } from '../result-keys.ts'
import { redisSink } from './redis-sink.ts'
import { numberOf, textOf, type Sink, type Texts } from './sink.ts'

export interface WindowsOptions<B extends string> {
  /** The field whose values are counted; each value is a Redis key. */
  readonly by: B
  /** Length of a window, as `tumblingCount` was given it: the hashes of windows can then be repaired by a replay. */
  readonly sizeMs?: number
}

/** Counts of a batch up to here never add up beyond 2^53 by themselves. */
const mostCount = 2 ** 30
const colon = 0x3a
const seen = constant('seen_count')
const updated = constant('time_updated')

/**
 * Adds up the windows that `tumblingCount` emits, in the layout of the Yahoo streaming benchmark: hash
 * `<value>` has for each window its start → `<value>:<start>`, and `windows` → `<value>:windows`, a list
 * of the starts, the newest at its head; hash `<value>:<start>` has `seen_count` and `time_updated`
 * (ms since 1970, when the last share was added).
 *
 *     redisWindows({ by: 'campaign', sizeMs: 10_000 })
 */
export function redisWindows<const B extends string>({ by, sizeMs }: WindowsOptions<B>): Sink<Texts<B> & { readonly start: number; readonly count: number }> {
  if (sizeMs !== undefined && (!Number.isSafeInteger(sizeMs) || sizeMs < 1)) throw new MillraceError('MR_OPTIONS_INVALID', `redisWindows: sizeMs is ${sizeMs}`, { remedy: 'give whole milliseconds, at least 1' })
  return {
    role: 'bolt',
    streams: {},
    mergeable: true,
    store: storeRef([], ['time_updated']),
    reads: [by, 'start', 'count'],
    createTask(context) {
      const { clock } = context
      const sink = redisSink((tuple: Readonly<Record<string, unknown>>, redis) => {
        const value = textOf(tuple, by)
        const start = numberOf(tuple, 'start')
        // A window's name follows from what it counts, so that a replay finds the one it made before.
        const window = `${value}:${start}`
        const list = `${value}:windows`
        redis.hsetnx(value, 'windows', list)
        redis.hsetnx(value, start, window, list)
        redis.hincrby(window, 'seen_count', numberOf(tuple, 'count'))
        redis.hset(window, 'time_updated', clock.now())
        if (sizeMs !== undefined) redis.window(window, start, sizeMs)
      })
      return {
        ...sink.createTask(context),
        executeBatch(batch, out) {
          const values = batch.column(by)
          const starts = batch.column('start')
          const counts = batch.column('count')
          if (values?.kind !== 'text' || starts?.kind !== 'number' || counts?.kind !== 'number') return false
          const numbers = starts.numbers.subarray(0, batch.rows)
          const amounts = counts.numbers.subarray(0, batch.rows)
          if (!numbers.every(Number.isSafeInteger) || !amounts.every((count) => Number.isInteger(count) && Math.abs(count) < mostCount)) return false
          return new Windows(values, numbers, out.writes, sizeMs).write(amounts, String(clock.now()))
        },
      }
    },
  }
}

/** The windows of one batch, on bytes. */
class Windows {
  readonly #values: TextColumn
  readonly #writes: WriteSet
  readonly #size: number | undefined
  readonly #startMs: Float64Array
  /** Names of the windows, and the starts in them. */
  readonly #names: TextColumn
  readonly #starts: TextColumn

  constructor(values: TextColumn, starts: Float64Array, writes: WriteSet, sizeMs: number | undefined) {
    this.#values = values
    this.#writes = writes
    this.#size = sizeMs
    this.#startMs = starts
    const { rows } = values
    const at = new Int32Array(rows)
    const starting = new Int32Array(rows)
    const ends = new Int32Array(rows)
    const texts = textsOf(starts)
    let size = 0
    for (let row = 0; row < rows; row++) size += values.ends[row]! - values.starts[row]! + 1 + texts[row]!.length
    const bytes = Buffer.allocUnsafe(size)
    let end = 0
    for (let row = 0; row < rows; row++) {
      at[row] = end
      for (let from = values.starts[row]!; from < values.ends[row]!; from++) bytes[end++] = values.bytes[from]!
      bytes[end++] = colon
      starting[row] = end
      end = writeUtf8(texts[row]!, bytes, end)
      ends[row] = end
    }
    this.#names = new TextColumn(bytes, at, ends)
    this.#starts = new TextColumn(bytes, starting, ends)
  }

  /** False, and nothing is written, when a key is used as something else. */
  write(counts: Float64Array, updatedAt: string): boolean {
    const writes = this.#writes
    const values = this.#hashes(this.#values)
    const windows = this.#hashes(this.#names)
    const lists = values === undefined ? undefined : this.#lists(values)
    if (values === undefined || windows === undefined || lists === undefined) return false
    const names = this.#names
    try {
      for (let row = 0; row < counts.length; row++) {
        writes.setOnceIn(values[row]!, this.#starts, row, names.bytes, names.starts[row]!, names.ends[row]!, lists.get(values[row]!)!)
        writes.addIn(windows[row]!, seen, 0, counts[row]!)
        writes.setIn(windows[row]!, updated, 0, updatedAt)
        if (this.#size !== undefined) writes.windowIn(windows[row]!, this.#startMs[row]!, this.#size)
      }
    } catch (error) {
      throw asMillraceError(error, 'MR_INTERNAL').as('MR_RESULTS_CONFLICT')
    }
    return true
  }

  #hashes(keys: TextColumn): Int32Array | undefined {
    const hashes = new Int32Array(keys.rows)
    for (let row = 0; row < hashes.length; row++) {
      const hash = this.#writes.hashNamed(keys, row)
      if (hash < 0) return undefined
      hashes[row] = hash
    }
    return hashes
  }

  /** By the number of a value's hash, its list. */
  #lists(values: Int32Array): ReadonlyMap<number, number> | undefined {
    const lists = new Map<number, number>()
    for (let row = 0; row < values.length; row++) {
      if (lists.has(values[row]!)) continue
      const value = this.#values.text(row)
      const list = `${value}:windows`
      try {
        lists.set(values[row]!, this.#writes.listNamed(list))
        // Right however often it is repeated: the rows may have to be written one by one after all.
        this.#writes.hashSetOnce(value, 'windows', list)
      } catch {
        return undefined
      }
    }
    return lists
  }
}

/** Decimal; rows that follow one another mostly have the same start. */
function textsOf(starts: Float64Array): string[] {
  let last = Number.NaN
  let text = ''
  return Array.from(starts, (start) => {
    if (start !== last) text = String((last = start))
    return text
  })
}

function constant(name: string): TextColumn {
  return new TextColumn(Buffer.from(name), Int32Array.of(0), Int32Array.of(name.length))
}
