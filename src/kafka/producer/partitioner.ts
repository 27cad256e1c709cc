/**
 * Where a record goes, as Java's client has it, so that records with one key meet in one partition
 * whoever sends them: the key's murmur2 hash, made positive by dropping its sign, modulo the partitions.
 */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fff_ffff) % partitions
}

const multiplier = 0x5bd1_e995
const seed = 0x9747_b28c

/** Austin Appleby's MurmurHash2, 32 bits, with Kafka's seed. Signed. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes
  let hash = seed ^ length
  let at = 0
  for (; at + 4 <= length; at += 4) {
    let k = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    k = Math.imul(k, multiplier)
    k ^= k >>> 24
    hash = Math.imul(hash, multiplier) ^ Math.imul(k, multiplier)
  }
  const left = length - at
  if (left === 3) hash ^= bytes[at + 2]! << 16
  if (left >= 2) hash ^= bytes[at + 1]! << 8
  if (left >= 1) hash = Math.imul(hash ^ bytes[at]!, multiplier)
  hash ^= hash >>> 13
  hash = Math.imul(hash, multiplier)
  return hash ^ (hash >>> 15)
}

/**
 * Records without a key stay with one partition until it got `stickyBytes`, then go to another taken by
 * chance: few full batches instead of many small ones, and even in the long run.
 */
export class StickyChoice {
  readonly #stickyBytes: number
  readonly #random: () => number
  #current = -1
  #bytes = 0

  /** `random` answers like Math.random. */
  constructor(stickyBytes: number, random: () => number) {
    this.#stickyBytes = stickyBytes
    this.#random = random
  }

  /** The partition of the next record, one of `partitions`. */
  choose(partitions: number, bytes: number): number {
    if (this.#current < 0 || this.#current >= partitions || this.#bytes >= this.#stickyBytes) {
      // One of the others, if there are others.
      const others = this.#current < 0 || this.#current >= partitions || partitions === 1 ? partitions : partitions - 1
      const chosen = Math.min(Math.floor(this.#random() * others), others - 1)
      this.#current = others < partitions && chosen >= this.#current ? chosen + 1 : chosen
      this.#bytes = 0
    }
    this.#bytes += bytes
    return this.#current
  }
}
