import { MillraceError } from '../errors.ts'
import type { Commit, CommitStore } from '../topology/commit-store.ts'
import type { DeadLetter, Source } from '../topology/source.ts'
import type { PartitionFates } from '../tracking/record-fates.ts'
import { SourceUnion } from './source-union.ts'

/**
 * A run over dead-lettered records alone. Each is a partition of its own, named `topic/partition@offset`, whose
 * position goes from 0 to 1 when it is counted or skipped: the compare-and-set of the commit makes that once, however
 * often a retry is run or killed. What is dead-lettered again stays as it is, and its letter is written anew.
 */
export class Retry {
  /** `topic/partition@offset` of the records. */
  readonly places: readonly string[]
  readonly counted = new Set<string>()
  readonly skipped = new Set<string>()
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
        const settling = settlingOnly(commit)
        const answer = settling.ranges.length === 0 ? { answer: 'OK' } as const : await store.commit(settling)
        if (answer.answer !== 'OK' && answer.answer !== 'DUP') return answer
        for (const { partition, counted, skipped } of commit.fates) {
          if (counted + skipped === 0) this.#past.add(partition)
          else (counted > 0 ? this.counted : this.skipped).add(partition)
        }
        return answer
      },
    }
  }

  /** The error with the place that its record is from. */
  named({ cause, code, message, place, remedy }: MillraceError): MillraceError {
    const at = place.partition?.lastIndexOf('@') ?? -1
    const from = at < 0 ? {} : { partition: place.partition!.slice(0, at), offset: Number(place.partition!.slice(at + 1)) }
    return new MillraceError(code, message, { place: { ...place, ...from }, cause, ...(remedy === undefined ? {} : { remedy }) })
  }

  #passed(positions: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    return new Map(Array.from(positions, ([partition, offset]) => [partition, this.#past.has(partition) ? 1 : offset]))
  }

  source(sources: readonly Source[]): SourceUnion {
    const { failed } = this
    return new (class extends SourceUnion {
      override async deadLetter(letters: readonly DeadLetter[]): Promise<void> {
        await super.deadLetter(letters)
        for (const letter of letters) failed.set(letter.partition, letter)
      }
    })(sources)
  }
}

/** Of the records that are counted or skipped now: they were dead in the partition they are from. The others have no results in it. */
function settlingOnly({ fates, ranges, ...commit }: Commit): Commit {
  const settled = new Set<string>()
  const sources = new Map<string, PartitionFates>()
  for (const { partition: place, counted, skipped } of fates) {
    if (counted + skipped === 0) continue
    settled.add(place)
    const partition = place.slice(0, place.lastIndexOf('@'))
    const of = sources.get(partition) ?? { partition, counted: 0, skipped: 0, deadLettered: 0, gaps: 0 }
    sources.set(partition, { ...of, counted: of.counted + counted, skipped: of.skipped + skipped, deadLettered: of.deadLettered - counted - skipped })
  }
  return { ...commit, ranges: ranges.filter(({ partition }) => settled.has(partition)), fates: Array.from(sources.values()), dead: [] }
}
