import type { Commit, CommitStore } from '../topology/commit-store.ts'
import type { DeadLetter, Source } from '../topology/source.ts'
import { SourceUnion } from './source-union.ts'

/**
 * A run over dead-lettered records alone. Each is a partition of its own, named `topic/partition@offset`, whose
 * position goes from 0 to 1 when it is counted: the compare-and-set of the commit makes that once, however often
 * a retry is run or killed. What fails again stays a dead letter.
 */
export class Retry {
  /** `topic/partition@offset` of the records. */
  readonly places: readonly string[]
  readonly counted = new Set<string>()
  readonly failed = new Map<string, DeadLetter>()

  /** Records that have failed: their positions stay, but this run is done with them. */
  readonly #past = new Set<string>()

  constructor(places: readonly string[]) {
    this.places = places
  }

  /** Over the positions of dead letters. */
  store(store: CommitStore): CommitStore {
    return {
      open: () => store.open(),
      load: async (partitions) => this.#passed(await store.load(partitions)),
      starts: (partitions) => store.starts(partitions),
      deploy: (positions) => store.deploy(positions),
      acquire: async (owner, partitions) => this.#passed(await store.acquire(owner, partitions)),
      addOnce: (add) => store.addOnce(add),
      fates: () => store.fates(),
      close: () => store.close(),
      commit: async (commit) => {
        const counting = countingOnly(commit)
        const answer = counting.ranges.length === 0 ? { answer: 'OK' } as const : await store.commit(counting)
        if (answer.answer !== 'OK' && answer.answer !== 'DUP') return answer
        for (const { partition } of counting.ranges) this.counted.add(partition)
        for (const { partition } of commit.ranges) if (!this.counted.has(partition)) this.#past.add(partition)
        return answer
      },
    }
  }

  #passed(positions: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    return new Map(Array.from(positions, ([partition, offset]) => [partition, this.#past.has(partition) ? 1 : offset]))
  }

  source(sources: readonly Source[]): SourceUnion {
    const { failed } = this
    return new (class extends SourceUnion {
      override deadLetter(letters: readonly DeadLetter[]): Promise<void> {
        for (const letter of letters) failed.set(letter.partition, letter)
        return Promise.resolve()
      }
    })(sources)
  }
}

/** Of the records that are counted now: they were dead in the partition they are from. The others have no results in it. */
function countingOnly({ fates, ranges, ...commit }: Commit): Commit {
  const counted = new Set(fates.filter((of) => of.counted > 0).map(({ partition }) => partition))
  const sources = new Map<string, number>()
  for (const place of counted) {
    const partition = place.slice(0, place.lastIndexOf('@'))
    sources.set(partition, (sources.get(partition) ?? 0) + 1)
  }
  return {
    ...commit,
    ranges: ranges.filter(({ partition }) => counted.has(partition)),
    fates: Array.from(sources, ([partition, records]) => ({ partition, counted: records, skipped: 0, deadLettered: -records, gaps: 0 })),
    dead: [],
  }
}
