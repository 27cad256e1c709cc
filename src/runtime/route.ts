import type { TargetChooser } from '../grouping/grouping.ts'
import type { Outbox } from '../transport/outbox.ts'
import type { Batch } from '../tuple/batch.ts'
import type { Tuple } from '../tuple/fields.ts'
import { ColumnPool } from '../tuple/column-pool.ts'
import { PickedBatch } from '../tuple/picked-batch.ts'
import type { BoltRunner } from './bolt-runner.ts'
import type { Scope } from './scope.ts'

/** One target task as a producer sees it: a runner of the same worker, or a channel to another. */
export type Target =
  | { readonly task: number; readonly runner: BoltRunner; readonly outbox: undefined }
  | { readonly task: number; readonly runner: undefined; readonly outbox: Outbox }

type OneChooser = Extract<TargetChooser, { readonly one: unknown }>

/** One subscription, seen from one producing task. */
export interface Edge {
  send(tuple: Tuple): void
  /** As `send` of each of the first `count`, in their order. */
  sendEach(tuples: readonly Tuple[], count: number): void
  sendBatch(batch: Batch): void
  /** Whether somebody behind takes batches as they are. */
  readonly takesBatches: boolean
  /** Tasks a direct emit can name; none but on direct edges. */
  readonly direct: ReadonlyMap<number, Target> | undefined
}

/** All subscriptions of one stream of one task. */
export class Route {
  readonly #edges: readonly Edge[]
  readonly #scope: Scope
  readonly #single: Edge | undefined

  constructor(edges: readonly Edge[], scope: Scope) {
    this.#edges = edges
    this.#scope = scope
    this.#single = edges.length === 1 ? edges[0] : undefined
  }

  send(tuple: Tuple): void {
    if (this.#single !== undefined) this.#single.send(tuple)
    else for (const edge of this.#edges) edge.send(tuple)
  }

  /** As `send` of each of the first `count`, in their order. */
  sendEach(tuples: readonly Tuple[], count: number): void {
    if (this.#single !== undefined) this.#single.sendEach(tuples, count)
    else for (let i = 0; i < count; i++) this.send(tuples[i]!)
  }

  sendBatch(batch: Batch): void {
    for (const edge of this.#edges) edge.sendBatch(batch)
  }

  get takesBatches(): boolean {
    return this.#edges.some((edge) => edge.takesBatches)
  }

  hasTask(task: number): boolean {
    return this.#edges.some((edge) => edge.direct?.has(task))
  }

  sendTo(task: number, tuple: Tuple): void {
    for (const edge of this.#edges) {
      const target = edge.direct?.get(task)
      if (target !== undefined) sendTo(target, tuple, this.#scope)
    }
  }
}

export function makeEdge(chooser: TargetChooser | 'all' | 'direct', targets: readonly Target[], scope: Scope): Edge {
  if (chooser === 'direct') return new DirectEdge(targets)
  const [first] = targets
  if (targets.length === 1 && first?.runner !== undefined && (chooser === 'all' || 'one' in chooser)) return new LocalEdge(first.runner)
  if (chooser === 'all') return new AllEdge(targets, scope)
  return 'one' in chooser ? new OneEdge(chooser, targets, scope) : new ManyEdge(chooser.many, targets, scope)
}

/** The fused case: the only target is in this worker, whatever the grouping. */
class LocalEdge implements Edge {
  readonly direct = undefined
  readonly #runner: BoltRunner

  constructor(runner: BoltRunner) {
    this.#runner = runner
  }

  get takesBatches(): boolean {
    return this.#runner.takesBatches
  }

  send(tuple: Tuple): void {
    this.#runner.deliver(tuple)
  }

  sendEach(tuples: readonly Tuple[], count: number): void {
    this.#runner.deliverEach(tuples, count)
  }

  sendBatch(batch: Batch): void {
    this.#runner.deliverBatch(batch)
  }
}

class OneEdge implements Edge {
  readonly direct = undefined
  readonly #chooser: OneChooser
  readonly #targets: readonly Target[]
  readonly #scope: Scope
  /** By row of the batch at hand: its target. */
  #chosen = new Int32Array(0)
  /** Its rows, those of one target together. */
  #order = new Int32Array(0)
  readonly #counts: Int32Array
  readonly #pool = new ColumnPool(1)

  constructor(chooser: OneChooser, targets: readonly Target[], scope: Scope) {
    this.#chooser = chooser
    this.#targets = targets
    this.#scope = scope
    this.#counts = new Int32Array(targets.length)
  }

  get takesBatches(): boolean {
    return takesBatches(this.#targets)
  }

  send(tuple: Tuple): void {
    sendTo(this.#targets[this.#chooser.one(tuple)]!, tuple, this.#scope)
  }

  sendEach(tuples: readonly Tuple[], count: number): void {
    for (let i = 0; i < count; i++) this.send(tuples[i]!)
  }

  sendBatch(batch: Batch): void {
    this.#choose(batch)
    const counts = this.#counts
    for (let i = 0, from = 0; i < counts.length; i++) {
      const to = counts[i]!
      if (to > from) sendRows(this.#targets[i]!, batch, this.#order.subarray(from, to), this.#scope, this.#pool)
      from = to
    }
  }

  /** Puts the rows in the order of their targets; then `counts` says where those of each end. */
  #choose(batch: Batch): void {
    const { rows } = batch
    if (this.#order.length < rows) {
      this.#order = new Int32Array(2 * rows)
      this.#chosen = new Int32Array(2 * rows)
    }
    const chosen = this.#chosen
    if (!this.#chooser.each(batch, chosen)) for (let row = 0; row < rows; row++) chosen[row] = this.#chooser.one(batch.tuple(row))
    const counts = this.#counts.fill(0)
    for (let row = 0; row < rows; row++) counts[chosen[row]!]!++
    for (let i = 0, before = 0; i < counts.length; i++) {
      const count = counts[i]!
      counts[i] = before
      before += count
    }
    for (let row = 0; row < rows; row++) this.#order[counts[chosen[row]!]!++] = row
  }
}

class AllEdge implements Edge {
  readonly direct = undefined
  readonly #targets: readonly Target[]
  readonly #scope: Scope

  constructor(targets: readonly Target[], scope: Scope) {
    this.#targets = targets
    this.#scope = scope
  }

  get takesBatches(): boolean {
    return takesBatches(this.#targets)
  }

  send(tuple: Tuple): void {
    for (const target of this.#targets) sendTo(target, tuple, this.#scope)
  }

  sendEach(tuples: readonly Tuple[], count: number): void {
    for (let i = 0; i < count; i++) this.send(tuples[i]!)
  }

  sendBatch(batch: Batch): void {
    const rows = Int32Array.from({ length: batch.rows }, (_, row) => row)
    for (const target of this.#targets) sendRows(target, batch, rows, this.#scope)
  }
}

class ManyEdge implements Edge {
  readonly direct = undefined
  readonly #choose: (tuple: Tuple) => readonly number[]
  readonly #targets: readonly Target[]
  readonly #scope: Scope

  constructor(choose: (tuple: Tuple) => readonly number[], targets: readonly Target[], scope: Scope) {
    this.#choose = choose
    this.#targets = targets
    this.#scope = scope
  }

  get takesBatches(): boolean {
    return takesBatches(this.#targets)
  }

  send(tuple: Tuple): void {
    for (const index of this.#choose(tuple)) sendTo(this.#targets[index]!, tuple, this.#scope)
  }

  sendEach(tuples: readonly Tuple[], count: number): void {
    for (let i = 0; i < count; i++) this.send(tuples[i]!)
  }

  sendBatch(batch: Batch): void {
    const shares: number[][] = this.#targets.map(() => [])
    for (let row = 0; row < batch.rows; row++) for (const index of this.#choose(batch.tuple(row))) shares[index]!.push(row)
    for (const [i, rows] of shares.entries()) if (rows.length > 0) sendRows(this.#targets[i]!, batch, Int32Array.from(rows), this.#scope)
  }
}

class DirectEdge implements Edge {
  readonly direct: ReadonlyMap<number, Target>

  constructor(targets: readonly Target[]) {
    this.direct = new Map(targets.map((target) => [target.task, target]))
  }

  /** A plain emit on a stream with a direct subscriber does not reach it. */
  send(): void {}

  sendEach(): void {}

  sendBatch(): void {}

  get takesBatches(): boolean {
    return false
  }
}

function takesBatches(targets: readonly Target[]): boolean {
  return targets.some((target) => target.runner?.takesBatches === true)
}

function sendRows(target: Target, batch: Batch, rows: Int32Array, scope: Scope, pool?: ColumnPool): void {
  if (target.runner === undefined) target.outbox.appendRows(batch, rows, target.task, scope.epoch.epoch)
  else if (rows.length === batch.rows) target.runner.deliverBatch(batch)
  else {
    const picked = new PickedBatch(batch, rows, rows.length, undefined, pool)
    target.runner.deliverBatch(picked)
    picked.release()
  }
}

function sendTo(target: Target, tuple: Tuple, scope: Scope): void {
  if (target.runner !== undefined) target.runner.deliver(tuple)
  else target.outbox.append(tuple, target.task, scope.epoch.epoch, scope.partition, scope.offset)
}
