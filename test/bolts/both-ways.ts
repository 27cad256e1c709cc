import { expect } from 'vitest'
import { WriteSet } from '../../src/state/write-set.ts'
import type { BoltDefinition, BoltTask } from '../../src/topology/bolt.ts'
import type { Batch, Column } from '../../src/tuple/batch.ts'
import { ColumnBatch } from '../../src/tuple/column-batch.ts'
import type { Tuple } from '../../src/tuple/fields.ts'
import { TextColumn } from '../../src/tuple/text-column.ts'
import { taskContext } from '../topology/task-context.ts'

/** What a task has emitted and written; rows with the offset they descend from. */
export interface Outcome {
  readonly rows: { readonly tuple: Tuple; readonly offset: number }[]
  readonly writes: WriteSet
  /** Of `execute`: message of what it threw, by row. */
  readonly failures: Map<number, string>
  /** Whether `executeBatch` did it, without falling back to rows. */
  byBatch: boolean
}

/** Texts and numbers in one buffer, with other bytes between and, on odd lengths, behind them. */
export function batchOf(columns: Readonly<Record<string, readonly (string | number)[]>>): Batch {
  const names = Object.keys(columns)
  const rows = columns[names[0]!]!.length
  const parts: Buffer[] = []
  let size = 0
  const place = (text: string): number => {
    const bytes = Buffer.from(text)
    parts.push(bytes)
    size += bytes.length
    return bytes.length
  }
  const made = names.map((name): Column => {
    const values = columns[name]!
    if (typeof values[0] === 'number') return { kind: 'number', numbers: Float64Array.from(values as number[]) }
    const starts = new Int32Array(rows)
    const ends = new Int32Array(rows)
    for (const [row, value] of values.entries()) {
      place('\u0000\u0005ü')
      starts[row] = size
      ends[row] = size + place(String(value))
    }
    return new TextColumn(Buffer.alloc(0), starts, ends)
  })
  if (rows % 2 === 1) place('behind')
  const bytes = Buffer.concat(parts)
  const whole = made.map((column) => (column.kind === 'text' ? new TextColumn(bytes, column.starts, column.ends) : column))
  return new ColumnBatch(names, whole, rows, { partitionOf: () => 3, offsetOf: (row) => 100 + row, keep: () => {} })
}

export async function byRows(bolt: BoltDefinition<never>, batch: Batch): Promise<Outcome> {
  const outcome = begin()
  const task = bolt.createTask(taskContext())
  await task.prepare?.()
  await rowByRow(task, batch, outcome)
  await end(task, outcome)
  return outcome
}

/** As the runtime does it: in one call, or row by row when the bolt wants that. */
export async function byBatch(bolt: BoltDefinition<never>, batch: Batch): Promise<Outcome> {
  const outcome = begin()
  const task = bolt.createTask(taskContext())
  await task.prepare?.()
  const emitted: Batch[] = []
  let done = false
  try {
    done = await task.executeBatch!(batch, { writes: outcome.writes, epoch: 7, emit: (one) => void emitted.push(one) })
  } catch {
    // its rows are tried one by one
  }
  if (done) for (const one of emitted) collect(one, outcome)
  else await rowByRow(task, batch, outcome)
  outcome.byBatch = done
  await end(task, outcome)
  return outcome
}

function begin(): Outcome {
  return { rows: [], writes: new WriteSet(), failures: new Map(), byBatch: false }
}

async function rowByRow(task: BoltTask, batch: Batch, outcome: Outcome): Promise<void> {
  for (let row = 0; row < batch.rows; row++) {
    const emitted: Tuple[] = []
    try {
      await task.execute(batch.tuple(row), { writes: outcome.writes, epoch: 7, emit: (tuple) => void emitted.push(tuple), emitDirect: () => expect.unreachable() })
    } catch (error) {
      outcome.failures.set(row, (error as Error).message)
      continue
    }
    for (const tuple of emitted) outcome.rows.push({ tuple, offset: batch.offsetOf(row) })
  }
}

async function end(task: BoltTask, outcome: Outcome): Promise<void> {
  task.endEpoch?.(7, { writes: outcome.writes, epoch: 7, emit: (batch) => collect(batch, outcome) })
  await task.cleanup?.()
}

function collect(batch: Batch, outcome: Outcome): void {
  for (let row = 0; row < batch.rows; row++) outcome.rows.push({ tuple: batch.tuple(row), offset: batch.offsetOf(row) })
}
