/** Offsets `[from, to)` of a partition. */
interface Stretch {
  readonly partition: string
  readonly from: number
  readonly to: number
}

interface Place {
  readonly partition: string
  readonly offset: number
}

/** Deaths that begin a search, with fewer records committed between them than what an attempt reads at first. */
const deathsToSearch = 2
/** A record must have killed alone so often: once may be the fault of something else. */
export const deathsAlone = 2
/** Offsets that the first attempt of a search may read; twice as many after each that nobody died of, until so many. */
const firstWindow = 32_768
const lastWindow = 4_194_304

/**
 * Finds the record that kills its worker. Nobody saw how far the dead one had read, so the attempts after a
 * second death soon after the first read a bounded window only: a death halves it, down to one record, and what nobody died of is
 * passed and committed. Pure: the coordinator makes the attempts.
 */
export class Suspects {
  /** While no search is on: deaths, and records committed since the last one. */
  #deaths = 0
  #committed = 0
  /** Undefined while no search is on. */
  #window: number | undefined
  /** Somewhere in here is a killer; empty while it is not known. */
  #failing: readonly Stretch[] = []
  /** What the attempt at hand reads. */
  #probe: readonly Stretch[] = []
  #alone = 0
  #culprit: Place | undefined

  get searching(): boolean {
    return this.#window !== undefined
  }

  /** A record that must not be read again. */
  get culprit(): Place | undefined {
    return this.#culprit
  }

  /** A worker died with records in work. Answers whether the death belongs to a search. */
  died(): boolean {
    if (this.#window === undefined) {
      this.#deaths++
      this.#committed = 0
      if (this.#deaths < deathsToSearch) return false
      this.#window = firstWindow
      return true
    }
    this.#failing = this.#probe
    if (sizeOf(this.#probe) === 1) {
      this.#alone++
      const [{ partition, from }] = this.#probe as [Stretch]
      if (this.#alone >= deathsAlone) this.#culprit = { partition, offset: from }
    }
    return true
  }

  committed(records: number): void {
    this.#committed += records
    if (this.#committed >= firstWindow) this.#deaths = 0
  }

  /**
   * Where the next attempt of a search ends, from these positions; undefined when it may read on. `latest` are
   * the ends of what there is to read.
   */
  ends(positions: readonly Place[], latest: ReadonlyMap<string, number>): ReadonlyMap<string, number> | undefined {
    if (this.#window === undefined) return undefined
    const left = this.#failing.flatMap(({ partition, from, to }) => {
      const position = positions.find((one) => one.partition === partition)
      return position === undefined || position.offset >= to ? [] : [{ partition, from: Math.max(from, position.offset), to }]
    })
    if (left.length === 0) this.#alone = 0
    this.#failing = left
    this.#probe = left.length > 0 ? firstHalf(left) : spread(positions, latest, this.#window)
    if (this.#probe.length === 0) {
      this.over()
      return undefined
    }
    const ends = new Map(positions.map(({ partition, offset }) => [partition, offset]))
    for (const { partition, to } of this.#probe) ends.set(partition, to)
    return ends
  }

  /** The attempt has read to its end, and all is committed. */
  passed(): void {
    if (this.#window === undefined || this.#failing.length > 0) return
    this.#window *= 2
    if (this.#window > lastWindow) this.over()
  }

  /** No search is on any more. */
  over(): void {
    this.#deaths = 0
    this.#window = undefined
    this.#failing = []
    this.#probe = []
    this.#alone = 0
    this.#culprit = undefined
  }
}

function sizeOf(stretches: readonly Stretch[]): number {
  return stretches.reduce((size, { from, to }) => size + to - from, 0)
}

function firstHalf(stretches: readonly Stretch[]): readonly Stretch[] {
  const half: Stretch[] = []
  let room = Math.ceil(sizeOf(stretches) / 2)
  for (const { partition, from, to } of stretches) {
    if (room === 0) break
    const taken = Math.min(room, to - from)
    half.push({ partition, from, to: from + taken })
    room -= taken
  }
  return half
}

/** About evenly over the partitions, for they are read in turns. */
function spread(positions: readonly Place[], latest: ReadonlyMap<string, number>, size: number): readonly Stretch[] {
  const there = positions
    .map(({ partition, offset }) => ({ partition, offset, records: (latest.get(partition) ?? offset) - offset }))
    .filter(({ records }) => records > 0)
    .sort((a, b) => a.records - b.records)
  let room = size
  return there.flatMap(({ partition, offset, records }, i) => {
    const taken = Math.min(records, Math.ceil(room / (there.length - i)))
    room -= taken
    return taken === 0 ? [] : [{ partition, from: offset, to: offset + taken }]
  })
}
