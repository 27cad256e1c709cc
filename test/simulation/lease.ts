import type { Commit, CommitAnswer, CommitStore } from '../../src/topology/commit-store.ts'
import type { Source, SourceListener } from '../../src/topology/source.ts'
import { Violation } from './violation.ts'

/**
 * Between the runtime of a process and its connectors, to see that it commits only while it has partitions:
 * from their assignment until they are lost, or until it has answered that it gives them back; and no more as
 * somebody whose commit was refused.
 */
export class Lease {
  readonly #process: string
  readonly #violated: (violation: Violation) => void
  #held = false
  #refused: string | undefined
  /** Grows with every assignment. */
  #turn = 0

  constructor(process: string, violated: (violation: Violation) => void) {
    this.#process = process
    this.#violated = violated
  }

  source(source: Source): Source {
    return forwarding(source, {
      open: (listener: SourceListener) => source.open({
        assigned: (partitions) => {
          this.#turn++
          this.#held = true
          listener.assigned(partitions)
        },
        revoked: async () => {
          const turn = this.#turn
          await listener.revoked()
          if (turn === this.#turn) this.#held = false
        },
        lost: () => {
          this.#held = false
          listener.lost()
        },
        failed: (error) => listener.failed(error),
      }),
    })
  }

  async #noted(owner: string, answer: Promise<CommitAnswer>): Promise<CommitAnswer> {
    const { answer: kind } = await answer
    if (kind === 'FENCED' || kind === 'MISMATCH') this.#refused = owner
    return answer
  }

  store(store: CommitStore): CommitStore {
    return forwarding(store, {
      commit: (commit: Commit): Promise<CommitAnswer> => {
        const what = `${this.#process} commits ${JSON.stringify(commit.ranges)}`
        if (!this.#held) this.#violated(new Violation(`${what}, which it has given back or lost`))
        if (this.#refused === commit.owner) this.#violated(new Violation(`${what} as ${commit.owner}, who was refused before`))
        return this.#noted(commit.owner, store.commit(commit))
      },
    })
  }
}

/** The same object, but for these methods. */
function forwarding<T extends object>(to: T, instead: Partial<T>): T {
  return new Proxy(to, {
    get(target, name) {
      const value: unknown = Reflect.get(instead, name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) as unknown : value
    },
  })
}
