/** What a record of the torture says: a pure function of its place and the seed, so that nobody has to remember it. */
export interface TortureRecord {
  readonly partition: number
  readonly offset: number
  readonly user: string
  readonly page: string
  readonly amount: number
  /** With blanks between them. */
  readonly words: string
  /** Ms of event time. */
  readonly time: number
}

const users = 400
const pages = 12
const words = 300
const msBetweenRecords = 10

export function recordOf(seed: number, partition: number, offset: number): TortureRecord {
  const draw = draws(seed, partition, offset)
  return {
    partition,
    offset,
    user: `u${draw(users)}`,
    page: `p${draw(pages)}`,
    amount: 1 + draw(100),
    words: Array.from({ length: 1 + draw(4) }, () => `w${draw(words)}`).join(' '),
    // Neighbours are out of order by up to two seconds.
    time: offset * msBetweenRecords + draw(2000),
  }
}

/** Answers whole numbers below what it is asked for (splitmix32 over a hash of the place). */
function draws(seed: number, partition: number, offset: number): (below: number) => number {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(partition + 1, 0xc2b2ae35) ^ Math.imul(offset + 1, 0x27d4eb2f)
  return (below) => {
    state = (state + 0x9e3779b9) | 0
    let t = state ^ (state >>> 16)
    t = Math.imul(t, 0x21f0aaad)
    t = Math.imul(t ^ (t >>> 15), 0x735a2d97)
    return ((t ^ (t >>> 15)) >>> 0) % below
  }
}
