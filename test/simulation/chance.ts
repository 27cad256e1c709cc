/** All that is left to chance in a simulation: the same seed is the same story everywhere. */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = mixed(seed)
  }

  /** 0 ≤ x < 1 (Mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number, 0 ≤ n < size. */
  below(size: number): number {
    return Math.floor(this.next() * size)
  }

  /** A whole number, both ends included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1)
  }

  happens(probability: number): boolean {
    return this.next() < probability
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!
  }
}

/** 32 bits that look like chance, the same for the same numbers. */
export function mixed(...numbers: readonly number[]): number {
  let hash = 0x9e3779b9
  for (const number of numbers) {
    hash = Math.imul(hash ^ number, 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    hash ^= hash >>> 16
  }
  return hash >>> 0
}
