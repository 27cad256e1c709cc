import type { ByteRoom } from './byte-room.ts'

/**
 * Who still looks at the bytes of one answer. When the last one lets go they are given back, and
 * later answers are read into them; pinned ones never are.
 */
export class FetchedFrame {
  readonly #bytes: number
  readonly #giveBack: () => void
  #holders: number
  #pinned = false
  #room: ByteRoom | undefined

  constructor(holders: number, bytes: number, giveBack: () => void) {
    this.#holders = holders
    this.#bytes = bytes
    this.#giveBack = giveBack
  }

  /** Takes its bytes from the room until the last one lets go. */
  enter(room: ByteRoom): void {
    this.#room = room
    room.take(this.#bytes)
  }

  hold(): void {
    this.#holders++
  }

  letGo(): void {
    if (--this.#holders > 0) return
    this.#room?.give(this.#bytes)
    if (!this.#pinned) this.#giveBack()
  }

  /** Somebody may look at the bytes for ever, and will not say when it is over. */
  pin(): void {
    this.#pinned = true
  }
}
