import { recordOf } from './record.ts'
import { resultNames, windowMs, type ResultNames } from './result-names.ts'

/** Key → field or member → value, as Redis has it; of a set the values are empty. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, string>>

/** Next offset to count, by partition number; absent is 0. */
export type Vector = ReadonlyMap<number, number>

/**
 * What Redis has to hold when exactly the records below a vector are counted. Moves from vector to
 * vector, forwards and back, for the price of the records between them.
 */
export class Oracle {
  readonly #seed: number
  readonly #names: ResultNames
  readonly #at = new Map<number, number>()
  /** Key → field → sum; for sets how many records put the member there. */
  readonly #sums = new Map<string, Map<string, number>>()

  constructor(seed: number, topology: string) {
    this.#seed = seed
    this.#names = resultNames(topology)
  }

  /** The right results at these positions. */
  at(vector: Vector): Results {
    for (const partition of new Set([...this.#at.keys(), ...vector.keys()])) this.#move(partition, vector.get(partition) ?? 0)
    const results = new Map<string, Map<string, string>>()
    const sets = this.#names.usersOf('')
    for (const [key, sums] of this.#sums) {
      if (sums.size > 0) results.set(key, new Map(Array.from(sums, ([field, sum]) => [field, key.startsWith(sets) ? '' : String(sum)])))
    }
    const highest = Array.from(this.#at).filter(([, next]) => next > 0).map(([partition, next]): [string, string] => [String(partition), String(next - 1)])
    if (highest.length > 0) results.set(this.#names.highest, new Map(highest))
    return results
  }

  #move(partition: number, to: number): void {
    const from = this.#at.get(partition) ?? 0
    for (let offset = from; offset < to; offset++) this.#count(partition, offset, 1)
    for (let offset = to; offset < from; offset++) this.#count(partition, offset, -1)
    this.#at.set(partition, to)
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
