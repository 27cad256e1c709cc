interface Due {
  readonly atMs: number | bigint
  readonly key: string
}

/**
 * Keys by the time they expire: a binary heap. A key whose expiry changes is put in again and its old
 * entry left, so whoever takes one out asks the database whether it still holds.
 */
export class ExpiryQueue {
  #heap: Due[] = []

  /** With the entries that no longer hold. */
  get size(): number {
    return this.#heap.length
  }

  get nextMs(): number | bigint | undefined {
    return this.#heap[0]?.atMs
  }

  put(key: string, atMs: number | bigint): void {
    const heap = this.#heap
    const due = { atMs, key }
    let hole = heap.length
    heap.push(due)
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (heap[parent]!.atMs <= atMs) break
      heap[hole] = heap[parent]!
      hole = parent
    }
    heap[hole] = due
  }

  /** The key that expires first, if it does so by `nowMs`. */
  take(nowMs: number): string | undefined {
    const heap = this.#heap
    const first = heap[0]
    if (first === undefined || first.atMs > nowMs) return undefined
    const last = heap.pop()!
    if (heap.length > 0) this.#sink(last)
    return first.key
  }

  /** Starts over with these. */
  refill(entries: Iterable<readonly [key: string, atMs: number | bigint]>): void {
    this.#heap = Array.from(entries, ([key, atMs]) => ({ atMs, key })).sort((a, b) => (a.atMs < b.atMs ? -1 : a.atMs > b.atMs ? 1 : 0))
  }

  #sink(due: Due): void {
    const heap = this.#heap
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && heap[child + 1]!.atMs < heap[child]!.atMs) child++
      if (heap[child]!.atMs >= due.atMs) break
      heap[hole] = heap[child]!
      hole = child
    }
    heap[hole] = due
  }
}
