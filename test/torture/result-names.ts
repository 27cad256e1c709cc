/** Keys of the results, all behind the name of the topology. */
export interface ResultNames {
  /** Hash: word → how often it occurred. */
  readonly words: string
  /** Hash: partition → how many records it had. */
  readonly partitions: string
  /** Hash: partition → highest offset. */
  readonly highest: string
  /** Sorted set: user → sum of amounts. */
  readonly spent: string
  /** Set of the users of a page. */
  readonly usersOf: (page: string) => string
  /** Hash of a window: page → records. */
  readonly window: (start: number) => string
}

export const windowMs = 20_000

export function resultNames(topology: string): ResultNames {
  return {
    words: `${topology}:words`,
    partitions: `${topology}:partitions`,
    highest: `${topology}:highest`,
    spent: `${topology}:spent`,
    usersOf: (page) => `${topology}:users:${page}`,
    window: (start) => `${topology}:window:${start}`,
  }
}
