/** Whole numbers in [0, 2^32), the same ones for the same seed (mulberry32). */
export type Random = () => number

export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
}

/** 0 ≤ result < size. */
export function below(random: Random, size: number): number {
  return Math.floor((random() / 2 ** 32) * size)
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[below(random, from.length)]!
}

export function uuid(random: Random): string {
  const hex = Array.from({ length: 4 }, () => random().toString(16).padStart(8, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
