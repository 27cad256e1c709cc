/**
 * An answer that may have to wait for others. It is given at most once; what comes after that is
 * ignored.
 */
export class Parked<T> {
  readonly #give: (answer: T) => void
  #isGiven = false
  #isAbandoned = false

  constructor(give: (answer: T) => void) {
    this.#give = give
  }

  get isGiven(): boolean {
    return this.#isGiven
  }

  get isAbandoned(): boolean {
    return this.#isAbandoned
  }

  give(answer: T): void {
    if (this.#isGiven) return
    this.#isGiven = true
    this.#give(answer)
  }

  /** Nobody waits for the answer any more. */
  abandon(): void {
    this.#isAbandoned = true
  }
}
