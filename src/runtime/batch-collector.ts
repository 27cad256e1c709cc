import { MillraceError } from '../errors.ts'
import type { WriteSet } from '../state/write-set.ts'
import type { BatchCollector } from '../topology/bolt.ts'
import type { Batch } from '../tuple/batch.ts'
import { defaultStream } from '../tuple/fields.ts'
import type { Route } from './route.ts'
import type { EpochState } from './scope.ts'

/** Holds back what one `executeBatch` emits until it has succeeded. */
export class CallBatches implements BatchCollector {
  readonly #routes: ReadonlyMap<string, Route>
  readonly #epoch: EpochState
  readonly #batches: Batch[] = []
  readonly #to: Route[] = []

  constructor(routes: ReadonlyMap<string, Route>, epoch: EpochState) {
    this.#routes = routes
    this.#epoch = epoch
  }

  get writes(): WriteSet {
    return this.#epoch.writes
  }

  get epoch(): number {
    return this.#epoch.epoch
  }

  emit(batch: Batch, stream: string = defaultStream): void {
    const route = this.#routes.get(stream)
    if (route === undefined) {
      throw new MillraceError('MR_EMIT_INVALID', `stream ${stream} is not declared`, { remedy: `emit on one of: ${Array.from(this.#routes.keys()).join(', ') || 'none, the bolt declares no output'}` })
    }
    if (batch.empty) return
    this.#batches.push(batch)
    this.#to.push(route)
  }

  /** Hands on what was emitted; answers how many rows. */
  deliver(): number {
    let rows = 0
    for (const [i, batch] of this.#batches.entries()) {
      this.#to[i]!.sendBatch(batch)
      // How many they are may be known only now.
      rows += batch.rows
      batch.release()
    }
    return rows
  }
}
