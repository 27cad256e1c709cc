/**
 * Who still looks at the bytes of one answer. When the last one lets go they are given back, and
 * later answers are read into them; pinned ones never are.
 */
export class FetchedFrame {
  readonly #giveBack: () => void
  #holders: number
  #pinned = false

  constructor(holders: number, giveBack: () => void) {
    this.#holders = holders
    this.#giveBack = giveBack
  }

  hold(): void {
    this.#holders++
  }

  letGo(): void {
    if (--this.#holders === 0 && !this.#pinned) this.#giveBack()
  }

  /** Somebody may look at the bytes for ever, and will not say when it is over. */
  pin(): void {
    this.#pinned = true
  }
}
