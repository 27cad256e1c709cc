import { recordOf } from './record.ts'
import { resultNames, windowMs, type ResultNames } from './result-names.ts'

/** Key → field or member → value, as Redis has it; of a set the values are empty. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, string>>

/** Offsets by partition number. */
export type Vector = ReadonlyMap<number, number>

/** Stands for the hash in which a topology keeps what became of its records. */
export const fatesKey = 'fates'

/**
 * What Redis has to hold when exactly the records from the starts to below a vector are counted. Moves from
 * one to the next, forwards and back, for the price of the records between them.
 */
export class Oracle {
  readonly #seed: number
  readonly #names: ResultNames
  /** By partition: the records that are counted in the sums. */
  readonly #ranges = new Map<number, { readonly from: number; readonly to: number }>()
  /** Key → field → sum; for sets how many records put the member there. */
  readonly #sums = new Map<string, Map<string, number>>()

  constructor(seed: number, topology: string) {
    this.#seed = seed
    this.#names = resultNames(topology)
  }

  /** The right results at these positions. */
  at(starts: Vector, vector: Vector): Results {
    for (const partition of new Set([...this.#ranges.keys(), ...vector.keys()])) {
      const from = starts.get(partition) ?? 0
      this.#move(partition, from, Math.max(from, vector.get(partition) ?? 0))
    }
    const results = new Map<string, Map<string, string>>()
    const sets = this.#names.usersOf('')
    for (const [key, sums] of this.#sums) {
      if (sums.size > 0) results.set(key, new Map(Array.from(sums, ([field, sum]) => [field, key.startsWith(sets) ? '' : String(sum)])))
    }
    const ranges = Array.from(this.#ranges).filter(([, { from, to }]) => to > from)
    if (ranges.length > 0) {
      results.set(this.#names.highest, new Map(ranges.map(([partition, { to }]) => [String(partition), String(to - 1)])))
      results.set(fatesKey, new Map(ranges.map(([partition, { from, to }]) => [String(partition), `counted ${to - from} skipped 0 dead-lettered 0 gaps 0 from ${from}`])))
    }
    return results
  }

  #move(partition: number, from: number, to: number): void {
    const was = this.#ranges.get(partition) ?? { from, to: from }
    this.#countAll(partition, was.to, to)
    this.#countAll(partition, from, was.from)
    this.#ranges.set(partition, { from, to })
  }

  /** From the one to the other; backwards they are taken away. */
  #countAll(partition: number, from: number, to: number): void {
    for (let offset = from; offset < to; offset++) this.#count(partition, offset, 1)
    for (let offset = to; offset < from; offset++) this.#count(partition, offset, -1)
  }

  #count(partition: number, offset: number, times: 1 | -1): void {
    const { user, page, amount, words, time } = recordOf(this.#seed, partition, offset)
    for (const word of words.split(' ')) this.#add(this.#names.words, word, times)
    this.#add(this.#names.partitions, String(partition), times)
    this.#add(this.#names.spent, user, amount * times)
    this.#add(this.#names.usersOf(page), user, times)
    this.#add(this.#names.window(time - (time % windowMs)), page, times)
  }

  #add(key: string, field: string, amount: number): void {
    let sums = this.#sums.get(key)
    if (sums === undefined) this.#sums.set(key, sums = new Map())
    const sum = (sums.get(field) ?? 0) + amount
    if (sum === 0) sums.delete(field)
    else sums.set(field, sum)
  }
}

export interface WrongKey {
  readonly key: string
  readonly field: string
  /** Undefined: it is not there. */
  readonly found: string | undefined
  readonly right: string | undefined
}

/** Every field that is not as it should be, that is missing, or that should not be there. */
export function differences(found: Results, right: Results): readonly WrongKey[] {
  const wrong: WrongKey[] = []
  for (const key of new Set([...found.keys(), ...right.keys()])) {
    const there = found.get(key)
    const wanted = right.get(key)
    for (const field of new Set([...there?.keys() ?? [], ...wanted?.keys() ?? []])) {
      const [is, should] = [there?.get(field), wanted?.get(field)]
      if (is !== should) wrong.push({ key, field, found: is, right: should })
    }
  }
  return wrong
}
