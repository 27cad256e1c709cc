import type { Clock } from '../../../base/clock.ts'
import type { LogFields, Logger } from '../../../base/logger.ts'

const windowMs = 10_000
const linesPerWindow = 10

/** Warnings a stranger can cause: some in a while are written, the rest is counted and told with the next one. */
export class RepeatedWarnings {
  readonly #clock: Clock
  readonly #logger: Logger
  #windowStart = -Infinity
  #lines = 0
  #dropped = 0

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = logger
  }

  warn(message: string, fields: LogFields): void {
    const now = this.#clock.monotonic()
    if (now - this.#windowStart >= windowMs) {
      this.#windowStart = now
      this.#lines = 0
    }
    if (this.#lines === linesPerWindow) {
      this.#dropped++
      return
    }
    this.#lines++
    this.#logger.warn(message, this.#dropped === 0 ? fields : { ...fields, notShown: this.#dropped })
    this.#dropped = 0
  }
}
