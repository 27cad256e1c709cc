import { MillraceError } from '../errors.ts'
import type { DeadLetter, LogRange, Position, Source, SourceListener, SourcePartition } from '../topology/source.ts'
import type { SpoutCollector, SpoutContext, SpoutDefinition, SpoutTask } from '../topology/spout.ts'
import type { Batch, Column, Lineage } from '../tuple/batch.ts'
import { ColumnBatch } from '../tuple/column-batch.ts'
import type { Streams, Tuple } from '../tuple/fields.ts'
import { RowBatch } from '../tuple/row-batch.ts'
import { TextColumn } from '../tuple/text-column.ts'

/** The records of one spout, by partition; a record's index is its offset. */
export type Feed = readonly (readonly Tuple[])[]

export const feederModule = 'feeder:'

/** A spout that reads given tuples instead of a topic, with partitions and offsets like one. */
export function feederSpout(streams: Streams, feed: Feed): SpoutDefinition {
  return {
    role: 'spout',
    streams,
    source: { module: feederModule, options: { lengths: feed.map((records) => records.length) } },
    createTask: (context) => new FeederTask(context, feed),
  }
}

export function feederPartition(component: string, partition: number): string {
  return `${component}/${partition}`
}

class FeederTask implements SpoutTask {
  readonly #context: SpoutContext
  readonly #records: readonly (readonly Tuple[])[]
  readonly #next: number[]
  #ends: readonly number[] = []
  #turn = 0

  constructor(context: SpoutContext, feed: Feed) {
    this.#context = context
    this.#records = context.positions.map(({ partition }) => feed[Number(partition.slice(partition.lastIndexOf('/') + 1))]!)
    this.#next = context.positions.map(({ offset }) => offset)
    this.limit(context.limits)
  }

  limit(limits: ReadonlyMap<string, number>): void {
    this.#ends = this.#context.positions.map(({ partition }, i) => Math.min(this.#records[i]!.length, limits.get(partition) ?? Infinity))
  }

  nextTuple(out: SpoutCollector): boolean {
    for (let tried = 0; tried < this.#next.length; tried++) {
      const i = this.#turn++ % this.#next.length
      const offset = this.#next[i]!
      if (offset >= this.#ends[i]!) continue
      this.#next[i]!++
      out.emit(this.#records[i]![offset]!, i, offset)
      return true
    }
    return false
  }

  nextBatch(rows: number, out: SpoutCollector): boolean {
    for (let tried = 0; tried < this.#next.length; tried++) {
      const i = this.#turn++ % this.#next.length
      const from = this.#next[i]!
      if (from >= this.#ends[i]!) continue
      const to = Math.min(from + rows, this.#ends[i]!)
      this.#next[i] = to
      out.emitBatch(batchOf(this.#records[i]!.slice(from, to), { partitionOf: () => this.#context.lineage[i]!, offsetOf: (row) => from + row, keep: () => {} }))
      return true
    }
    return false
  }

  positions(): readonly Position[] {
    return this.#context.positions.map(({ partition }, i) => ({ partition, offset: this.#next[i]! }))
  }

  lag(): number {
    return this.#next.reduce((lag, next, i) => lag + Math.max(0, this.#ends[i]! - next), 0)
  }

  finished(): boolean {
    return this.#next.every((next, i) => next >= this.#ends[i]!)
  }
}

/** In columns, as Kafka's spout gives them, when all tuples hold the same fields of text and numbers. */
function batchOf(tuples: readonly Tuple[], origin: Lineage): Batch {
  const fields = Object.keys(tuples[0]!)
  const columns = fields.map((field) => columnOf(tuples.map((tuple) => tuple[field])))
  if (columns.every((column) => column !== undefined)) return new ColumnBatch(fields, columns, tuples.length, origin)
  return new RowBatch(tuples, origin, Int32Array.from(tuples, (_, row) => row))
}

function columnOf(values: readonly unknown[]): Column | undefined {
  if (values.every((value) => typeof value === 'number')) return { kind: 'number', numbers: Float64Array.from(values) }
  if (!values.every((value) => typeof value === 'string' && value.isWellFormed())) return undefined
  const texts = values.map((value) => Buffer.from(value as string))
  let end = 0
  const ends = Int32Array.from(texts, (text) => (end += text.length))
  return new TextColumn(Buffer.concat(texts), ends.map((one, i) => one - texts[i]!.length), ends)
}

/** The main-thread half of all feeders of a topology; a test moves its partitions. */
export class FeederSource implements Source {
  readonly #partitions: readonly SourcePartition[]
  readonly #lengths: ReadonlyMap<string, number>
  readonly #mirror = new Map<string, number>()
  #listener: SourceListener | undefined
  /** As they came; one may come again. */
  readonly deadLetters: DeadLetter[] = []

  constructor(components: readonly { readonly component: string; readonly options: unknown }[]) {
    const all = components.flatMap(({ component, options }) =>
      (options as { lengths: readonly number[] }).lengths.map((length, i) => ({ component, partition: feederPartition(component, i), length })))
    this.#partitions = all.map(({ component, partition }) => ({ component, partition }))
    this.#lengths = new Map(all.map(({ partition, length }) => [partition, length]))
  }

  open(listener: SourceListener): Promise<void> {
    this.#listener = listener
    listener.assigned(this.#partitions)
    return Promise.resolve()
  }

  /** As when a member joins or leaves: drain, then go on with these partitions (default: all). */
  async rebalance(keep: (partition: string) => boolean = () => true): Promise<void> {
    await this.#listener!.revoked()
    this.#listener!.assigned(this.#partitions.filter(({ partition }) => keep(partition)))
  }

  /** As when the session ended unnoticed, and we joined again at once. */
  lose(): void {
    this.#listener!.lost()
    this.#listener!.assigned(this.#partitions)
  }

  deadLetter(records: readonly DeadLetter[]): Promise<void> {
    this.deadLetters.push(...records)
    return Promise.resolve()
  }

  partitions(): readonly string[] {
    return this.#partitions.map(({ partition }) => partition)
  }

  ranges(partitions: readonly string[]): Promise<ReadonlyMap<string, LogRange>> {
    return Promise.resolve(new Map(partitions.map((partition) => [partition, { earliest: 0, latest: this.#length(partition) }])))
  }

  startOffsets(partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return Promise.resolve(new Map(partitions.map((partition) => [partition, 0])))
  }

  wished(): Promise<ReadonlyMap<string, number>> {
    return Promise.resolve(new Map())
  }

  mirror(positions: readonly Position[]): void {
    for (const { partition, offset } of positions) this.#mirror.set(partition, offset)
  }

  mirrored(partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return Promise.resolve(new Map(partitions.flatMap((partition) => (this.#mirror.has(partition) ? [[partition, this.#mirror.get(partition)!] as const] : []))))
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #length(partition: string): number {
    const length = this.#lengths.get(partition)
    if (length === undefined) throw new MillraceError('MR_INTERNAL', `nothing feeds ${partition}`)
    return length
  }
}
