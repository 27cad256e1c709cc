import { createHash } from 'node:crypto'

/** Longer keys are told apart by their SHA-256. */
const longestKeyBytes = 48

/** The last offset of each key of a compacted topic. */
export class KeyOffsets {
  readonly #offsets = new Map<string, number>()

  get size(): number {
    return this.#offsets.size
  }

  /** Offsets come in ascending order. */
  set(key: Buffer, offset: number): void {
    this.#offsets.set(textOf(key), offset)
  }

  get(key: Buffer): number | undefined {
    return this.#offsets.get(textOf(key))
  }
}

function textOf(key: Buffer): string {
  // No key of one kind can look like one of the other.
  return key.length <= longestKeyBytes ? key.toString('latin1') : `${' '.repeat(longestKeyBytes)}${createHash('sha256').update(key).digest('hex')}`
}
