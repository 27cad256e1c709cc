import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { asMillraceError, type MillraceError } from '../errors.ts'
import type { Add, CommitStore } from '../topology/commit-store.ts'
import { commitRefused } from './commit-refused.ts'

export interface SingleAddsEnvironment {
  readonly clock: Clock
  readonly log: Logger
  readonly store: CommitStore
  failed(error: MillraceError): void
}

/** At most once: results of epochs whose positions are stored already, each sent to the store a single time. */
export class SingleAdds {
  readonly #env: SingleAddsEnvironment
  #settled: Promise<unknown> = Promise.resolve()

  constructor(env: SingleAddsEnvironment) {
    this.#env = env
  }

  /** Goes out now, whether or not those before are answered. `added` is told how long the store was busy, ms. */
  send(add: Add, records: number, added: (busyMs: number) => void): void {
    const sent = this.#send(add, records, added).catch((error: unknown) => this.#env.failed(asMillraceError(error, 'MR_INTERNAL')))
    this.#settled = Promise.all([this.#settled, sent])
  }

  /** All that was sent is answered or lost. */
  async settled(): Promise<void> {
    await this.#settled
  }

  async #send(add: Add, records: number, added: (busyMs: number) => void): Promise<void> {
    const { clock, log, store, failed } = this.#env
    const start = clock.monotonic()
    const answer = await store.addOnce(add)
    if (answer.answer === 'OK') added(answer.busyMs ?? clock.monotonic() - start)
    else if (answer.answer === 'LOST') log.warn('results were sent and not answered: they may be missing', { records, cause: answer.detail })
    else failed(commitRefused(answer, 'the records of this epoch will be missing'))
  }
}
