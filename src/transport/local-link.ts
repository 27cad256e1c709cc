import { transferOf, type Link, type LinkMessage } from './link.ts'

/**
 * A pair of linked ends in one thread, for deterministic runs: what is sent waits until `deliver`
 * hands over one message, so that a driver decides the interleaving.
 */
export class LocalLink implements Link {
  readonly #waiting: LinkMessage[] = []
  #receive: ((message: LinkMessage) => void) | undefined
  #other: LocalLink | undefined
  #closed = false

  static pair(): [LocalLink, LocalLink] {
    const a = new LocalLink()
    const b = new LocalLink()
    a.#other = b
    b.#other = a
    return [a, b]
  }

  get open(): boolean {
    return !this.#closed
  }

  /** Messages that wait to be received at this end. */
  get waiting(): number {
    return this.#closed || this.#receive === undefined ? 0 : this.#waiting.length
  }

  /** What `deliver` would hand over. */
  get next(): LinkMessage | undefined {
    return this.waiting > 0 ? this.#waiting[0] : undefined
  }

  /** The next message is gone, as no link should lose one. */
  lose(): void {
    this.#waiting.shift()
  }

  send(message: LinkMessage): void {
    const other = this.#other
    if (!this.#closed && other !== undefined) other.#waiting.push(structuredClone(message, { transfer: transferOf(message) }))
  }

  listen(receive: (message: LinkMessage) => void): void {
    this.#receive = receive
  }

  deliver(): void {
    const message = this.#waiting.shift()
    if (message !== undefined) this.#receive!(message)
  }

  close(): void {
    this.#closed = true
  }
}
