import { MillraceError } from '../errors.ts'
import type { StartWish } from '../topology/connector.ts'
import type { LogRange } from '../topology/source.ts'
import type { PartitionLog } from './partition-log.ts'
import { splitPartition } from './partition-name.ts'
import type { Isolation, KafkaSourceOptions, KafkaStart } from './source-options.ts'

export interface StartOffsetsOptions {
  readonly log: PartitionLog
  /** What the consumer group has committed to Kafka; absent when nothing. */
  readonly committed: (partitions: readonly string[]) => Promise<ReadonlyMap<string, number>>
  readonly wish: StartWish
  /** By topic. */
  readonly spouts: ReadonlyMap<string, KafkaSourceOptions>
}

type Wish = Exclude<KafkaStart, { readonly offsets: unknown }> | { readonly offset: number }

/** Where partitions begin, and where their logs do. Answers are offsets of records, never -1 or -2. */
export class StartOffsets {
  readonly #options: StartOffsetsOptions

  constructor(options: StartOffsetsOptions) {
    this.#options = options
  }

  async ranges(partitions: readonly string[]): Promise<ReadonlyMap<string, LogRange>> {
    const ranges = new Map<string, LogRange>()
    for (const [isolation, alike] of this.#byIsolation(partitions)) {
      const [earliest, latest] = await Promise.all([
        this.#options.log.offsets(alike, 'earliest', isolation),
        this.#options.log.offsets(alike, 'latest', isolation),
      ])
      for (const partition of alike) ranges.set(partition, { earliest: earliest.get(partition)!, latest: latest.get(partition)! })
    }
    return ranges
  }

  /** A partition that appears later begins at its first record, whatever `from` was: none of it was counted. */
  start(partitions: readonly string[], fresh: boolean): Promise<ReadonlyMap<string, number>> {
    return this.#resolve(new Map(partitions.map((partition) => [partition, this.#seek(partition) ?? (fresh ? this.#from() ?? this.#spoutStart(partition) : 'earliest')])))
  }

  /** Only what was asked for by name or for this run. */
  explicit(partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const wishes = new Map<string, Wish>()
    for (const partition of partitions) {
      const wish = this.#seek(partition) ?? this.#from()
      if (wish !== undefined) wishes.set(partition, wish)
    }
    return this.#resolve(wishes)
  }

  #spout(partition: string): KafkaSourceOptions {
    return this.#options.spouts.get(splitPartition(partition).topic)!
  }

  #seek(partition: string): Wish | undefined {
    const offset = this.#options.wish.seek?.[partition] ?? this.#spout(partition).seeks[partition]
    return offset === undefined ? undefined : { offset }
  }

  #from(): Wish | undefined {
    const { from } = this.#options.wish
    return from === 'committed' ? undefined : from
  }

  #spoutStart(partition: string): Wish {
    const { start } = this.#spout(partition)
    if (typeof start === 'string' || 'timestampMs' in start) return start
    const offset = start.offsets[partition]
    return offset === undefined ? 'earliest' : { offset }
  }

  async #resolve(wishes: ReadonlyMap<string, Wish>): Promise<ReadonlyMap<string, number>> {
    if (wishes.size === 0) return new Map()
    const [ranges, committed, since] = await Promise.all([
      this.ranges([...wishes.keys()]),
      this.#committed(wishes),
      this.#since(wishes),
    ])
    const offsets = new Map<string, number>()
    const named = new Map<string, number>()
    for (const [partition, wish] of wishes) {
      const { earliest, latest } = ranges.get(partition)!
      if (wish === 'earliest') offsets.set(partition, earliest)
      else if (wish === 'latest') offsets.set(partition, latest)
      else if (wish === 'committed') named.set(partition, committed.get(partition) ?? earliest)
      else if ('offset' in wish) named.set(partition, wish.offset)
      else offsets.set(partition, since.get(partition) ?? latest)
    }
    refuseOutside(named, ranges)
    return new Map([...offsets, ...named])
  }

  async #committed(wishes: ReadonlyMap<string, Wish>): Promise<ReadonlyMap<string, number>> {
    const asked = [...wishes].filter(([, wish]) => wish === 'committed').map(([partition]) => partition)
    return asked.length === 0 ? new Map() : this.#options.committed(asked)
  }

  /** Where the time is newer than all records the answer stays absent. */
  async #since(wishes: ReadonlyMap<string, Wish>): Promise<ReadonlyMap<string, number>> {
    const times = new Map<number, string[]>()
    for (const [partition, wish] of wishes) {
      if (typeof wish === 'object' && 'timestampMs' in wish) times.set(wish.timestampMs, [...(times.get(wish.timestampMs) ?? []), partition])
    }
    const asked = [...times].flatMap(([timestampMs, partitions]) =>
      [...this.#byIsolation(partitions)].map(([isolation, alike]) => this.#options.log.offsets(alike, { timestampMs }, isolation)))
    return new Map((await Promise.all(asked)).flatMap((offsets) => [...offsets]))
  }

  #byIsolation(partitions: readonly string[]): Map<Isolation, string[]> {
    const groups = new Map<Isolation, string[]>()
    for (const partition of partitions) {
      const { isolation } = this.#spout(partition)
      groups.set(isolation, [...(groups.get(isolation) ?? []), partition])
    }
    return groups
  }
}

function refuseOutside(offsets: ReadonlyMap<string, number>, ranges: ReadonlyMap<string, LogRange>): void {
  const outside = [...offsets].filter(([partition, offset]) => {
    const { earliest, latest } = ranges.get(partition)!
    return !Number.isSafeInteger(offset) || offset < earliest || offset > latest
  })
  const [first] = outside
  if (first === undefined) return
  const texts = outside.map(([partition, offset]) => `${partition} holds ${ranges.get(partition)!.earliest} to ${ranges.get(partition)!.latest}, wanted is ${offset}`)
  throw new MillraceError('MR_OFFSET_OUT_OF_RANGE', texts.join('; '), {
    place: { partition: first[0], offset: first[1] },
    remedy: 'name an offset within the range, or begin at earliest or latest',
  })
}
