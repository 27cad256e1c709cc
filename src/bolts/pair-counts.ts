const fewestSlots = 1_024

/** Counts pairs of whole numbers, in the order they come: open addressing with linear probing. */
export class PairCounts {
  /** Different pairs. */
  size = 0
  /** Entry + 1; 0 is an empty slot. Room for twice the pairs. */
  #slots = new Int32Array(fewestSlots)
  /** Of each entry. */
  #pairs = new Int32Array(fewestSlots)
  #counts = new Float64Array(fewestSlots / 2)

  add(first: number, second: number): void {
    const pairs = this.#pairs
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = hashOf(first, second) & mask
    for (;;) {
      const entry = slots[slot]! - 1
      if (entry < 0) break
      if (pairs[2 * entry] === first && pairs[2 * entry + 1] === second) {
        this.#counts[entry]!++
        return
      }
      slot = (slot + 1) & mask
    }
    const entry = this.size++
    slots[slot] = entry + 1
    pairs[2 * entry] = first
    pairs[2 * entry + 1] = second
    this.#counts[entry] = 1
    if (2 * this.size === slots.length) this.#grow()
  }

  firstOf(entry: number): number {
    return this.#pairs[2 * entry]!
  }

  secondOf(entry: number): number {
    return this.#pairs[2 * entry + 1]!
  }

  /** By entry; a copy. */
  counts(): Float64Array<ArrayBuffer> {
    return this.#counts.slice(0, this.size)
  }

  /** As new, with the room it has. */
  clear(): void {
    this.#slots.fill(0)
    this.size = 0
  }

  #grow(): void {
    const counts = new Float64Array(2 * this.#counts.length)
    counts.set(this.#counts)
    this.#counts = counts
    const pairs = new Int32Array(2 * this.#pairs.length)
    pairs.set(this.#pairs)
    this.#pairs = pairs
    const slots = new Int32Array(2 * this.#slots.length)
    const mask = slots.length - 1
    for (let entry = 0; entry < this.size; entry++) {
      let slot = hashOf(pairs[2 * entry]!, pairs[2 * entry + 1]!) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = entry + 1
    }
    this.#slots = slots
  }
}

function hashOf(first: number, second: number): number {
  const hash = Math.imul(first ^ Math.imul(second, 0x85ebca6b), 0x9e3779b1)
  return hash ^ (hash >>> 15)
}
