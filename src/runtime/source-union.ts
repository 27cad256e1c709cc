import { MillraceError } from '../errors.ts'
import type { DeadLetter, LogRange, Position, Source, SourceListener, SourcePartition } from '../topology/source.ts'

/** All sources of a topology as one: partitions are asked of the source they belong to. */
export class SourceUnion implements Source {
  readonly #sources: readonly Source[]
  readonly #assigned = new Map<Source, readonly SourcePartition[]>()

  constructor(sources: readonly Source[]) {
    this.#sources = sources
  }

  async open(listener: SourceListener): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.open({
      ...listener,
      revoked: () => listener.revoked(),
      lost: () => {
        this.#assigned.delete(source)
        listener.lost()
      },
      failed: (error) => listener.failed(error),
      assigned: (partitions) => {
        this.#assigned.set(source, partitions)
        if (this.#assigned.size === this.#sources.length) listener.assigned(Array.from(this.#assigned.values()).flat())
      },
    })))
  }

  partitions(): readonly string[] {
    return this.#sources.flatMap((source) => source.partitions())
  }

  ranges(partitions: readonly string[]): Promise<ReadonlyMap<string, LogRange>> {
    return this.#each(partitions, (source, own) => source.ranges(own))
  }

  startOffsets(partitions: readonly string[], fresh: boolean): Promise<ReadonlyMap<string, number>> {
    return this.#each(partitions, (source, own) => source.startOffsets(own, fresh))
  }

  wished(partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#each(partitions, (source, own) => source.wished(own))
  }

  mirrored(partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#each(partitions, (source, own) => source.mirrored(own))
  }

  mirror(positions: readonly Position[]): void {
    for (const [source, assigned] of this.#assigned) {
      const own = new Set(assigned.map(({ partition }) => partition))
      const theirs = positions.filter(({ partition }) => own.has(partition))
      if (theirs.length > 0) source.mirror(theirs)
    }
  }

  async deadLetter(records: readonly DeadLetter[]): Promise<void> {
    await Promise.all(Array.from(this.#assigned, async ([source, assigned]) => {
      const own = new Set(assigned.map(({ partition }) => partition))
      const theirs = records.filter(({ partition }) => own.has(partition))
      if (theirs.length === 0) return
      if (source.deadLetter === undefined) throw new MillraceError('MR_INTERNAL', `the source of ${theirs[0]!.partition} keeps no dead letters`)
      await source.deadLetter(theirs)
    }))
  }

  async close(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.close()))
  }

  #namesOf(source: Source): readonly string[] {
    return (this.#assigned.get(source) ?? []).map(({ partition }) => partition)
  }

  async #each<T>(partitions: readonly string[], ask: (source: Source, own: readonly string[]) => Promise<ReadonlyMap<string, T>>): Promise<ReadonlyMap<string, T>> {
    const wanted = new Set(partitions)
    const answers = await Promise.all(this.#sources.map(async (source) => {
      const own = Array.from(new Set([...source.partitions(), ...this.#namesOf(source)])).filter((partition) => wanted.has(partition))
      return own.length === 0 ? new Map<string, T>() : ask(source, own)
    }))
    return new Map(answers.flatMap((answer) => Array.from(answer)))
  }
}
