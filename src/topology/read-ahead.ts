/** Values read before they are asked for. */
const mostAhead = 1024

/** Draws values of an asynchronous sequence before they are wanted, so that whoever wants them never waits. */
export class ReadAhead {
  readonly #iterator: AsyncIterator<unknown>
  readonly #arrived: () => void
  #values: unknown[] = []
  #next = 0
  #reading = false
  #ended = false
  #failure: { readonly error: unknown } | undefined

  /** `arrived` is called when `next` has something to say after it had not. */
  constructor(iterator: AsyncIterator<unknown>, arrived: () => void) {
    this.#iterator = iterator
    this.#arrived = arrived
    this.#read()
  }

  /** Throws what the sequence threw, once all before it was taken. */
  next(): { readonly value: unknown } | 'waiting' | 'ended' {
    if (this.#next < this.#values.length) {
      const value = this.#values[this.#next++]
      if (this.#next === this.#values.length) {
        this.#clear()
        this.#read()
      }
      return { value }
    }
    if (this.#failure !== undefined) throw this.#failure.error
    return this.#ended ? 'ended' : 'waiting'
  }

  /** Ends the sequence without waiting for it; what it still gives or throws is dropped. */
  close(): void {
    this.#ended = true
    this.#clear()
    this.#iterator.return?.().then(undefined, () => {})
  }

  #clear(): void {
    this.#values = []
    this.#next = 0
  }

  #read(): void {
    if (this.#reading || this.#ended || this.#failure !== undefined) return
    this.#reading = true
    void this.#fill()
  }

  async #fill(): Promise<void> {
    while (this.#values.length < mostAhead && !this.#ended && this.#failure === undefined) {
      try {
        const { done, value } = await this.#iterator.next()
        if (this.#ended) break
        if (done === true) this.#ended = true
        else this.#values.push(value)
      } catch (error) {
        if (this.#ended) break
        this.#failure = { error }
      }
      if (this.#values.length <= 1) this.#arrived()
    }
    this.#reading = false
  }
}
