import type { RedisModel } from './redis-model.ts'
import { simulate, type Verdict } from './simulation.ts'

/** How often each thing happened, over many runs. */
export type Hits = Map<string, number>

export function addHits(to: Hits, hits: ReadonlyMap<string, number>): void {
  for (const [what, times] of hits) to.set(what, (to.get(what) ?? 0) + times)
}

/** Plays seeds one after the other, up to the first that is violated. */
export async function playSeeds(seeds: Iterable<number>, redis: RedisModel, played: (verdict: Verdict) => void = () => {}): Promise<{ readonly red: Verdict | undefined; readonly hits: Hits }> {
  const hits: Hits = new Map()
  for (const seed of seeds) {
    const verdict = await simulate(seed, redis)
    addHits(hits, verdict.hits)
    played(verdict)
    if (verdict.violation !== undefined) return { red: verdict, hits }
  }
  return { red: undefined, hits }
}

export function* seedsFrom(first: number, count: number, step = 1): Iterable<number> {
  for (let i = 0; i < count; i++) yield first + i * step
}

/** What a run of a thousand seeds must have met, or it says nothing about it. */
const needed = [
  'commit', 'OK', 'DUP', 'MISMATCH', 'FENCED', 'REJECTED', 'NOSCRIPT', 'READONLY', 'OOM', 'LOADING', 'records rolled back',
  'redis request lost', 'redis reply lost', 'redis request late', 'redis command timed out', 'redis command sent again by the client',
  'kafka request lost', 'kafka reply lost', 'rebalance', 'session expired', 'MR_INSTANCE_STOLEN', 'MR_COMMIT_REFUSED',
]

/** What is missing in the figures of so many seeds. */
export function missing(hits: ReadonlyMap<string, number>, faultNames: readonly string[]): readonly string[] {
  return [...needed, ...faultNames].filter((what) => !hits.has(what))
}

export function hitTable(hits: ReadonlyMap<string, number>): string {
  return [...hits].toSorted(([, a], [, b]) => b - a).map(([what, times]) => `${String(times).padStart(12)}  ${what}`).join('\n')
}

/** What a few hundred seeds cannot do without. */
export const frequent = ['DUP', 'FENCED', 'MISMATCH', 'NOSCRIPT', 'records rolled back']
