import type { TargetChooser } from '../grouping/grouping.ts'
import type { Outbox } from '../transport/outbox.ts'
import type { Batch } from '../tuple/batch.ts'
import type { Tuple } from '../tuple/fields.ts'
import { PickedBatch } from '../tuple/picked-batch.ts'
import type { BoltRunner } from './bolt-runner.ts'
import type { Scope } from './scope.ts'

/** One target task as a producer sees it: a runner of the same worker, or a channel to another. */
export type Target =
  | { readonly task: number; readonly runner: BoltRunner; readonly outbox: undefined }
  | { readonly task: number; readonly runner: undefined; readonly outbox: Outbox }

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

export function makeEdge(chooser: TargetChooser | 'direct', targets: readonly Target[], scope: Scope): Edge {
  if (chooser === 'direct') return new DirectEdge(targets)
  const [first] = targets
  if (targets.length === 1 && first?.runner !== undefined && 'one' in chooser) return new LocalEdge(first.runner)
  return 'one' in chooser ? new OneEdge(chooser.one, targets, scope) : new ManyEdge(chooser.many, targets, scope)
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
  readonly #choose: (tuple: Tuple) => number
  readonly #targets: readonly Target[]
  readonly #scope: Scope

  constructor(choose: (tuple: Tuple) => number, targets: readonly Target[], scope: Scope) {
    this.#choose = choose
    this.#targets = targets
    this.#scope = scope
  }

  get takesBatches(): boolean {
    return takesBatches(this.#targets)
  }

  send(tuple: Tuple): void {
    sendTo(this.#targets[this.#choose(tuple)]!, tuple, this.#scope)
  }

  sendEach(tuples: readonly Tuple[], count: number): void {
    for (let i = 0; i < count; i++) this.send(tuples[i]!)
  }

  sendBatch(batch: Batch): void {
    const shares: number[][] = this.#targets.map(() => [])
    for (let row = 0; row < batch.rows; row++) shares[this.#choose(batch.tuple(row))]!.push(row)
    for (const [i, rows] of shares.entries()) sendRows(this.#targets[i]!, batch, rows, this.#scope)
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
    for (const [i, rows] of shares.entries()) sendRows(this.#targets[i]!, batch, rows, this.#scope)
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

function sendRows(target: Target, batch: Batch, rows: readonly number[], scope: Scope): void {
  if (rows.length === 0) return
  if (target.runner !== undefined) {
    target.runner.deliverBatch(rows.length === batch.rows ? batch : new PickedBatch(batch, Int32Array.from(rows)))
    return
  }
  for (const row of rows) target.outbox.append(batch.tuple(row), target.task, scope.epoch.epoch, batch.partitionOf(row), batch.offsetOf(row))
}

function sendTo(target: Target, tuple: Tuple, scope: Scope): void {
  if (target.runner !== undefined) target.runner.deliver(tuple)
  else target.outbox.append(tuple, target.task, scope.epoch.epoch, scope.partition, scope.offset)
}
