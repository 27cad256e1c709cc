import type { SourceLog } from '../topology/source-log.ts'
import type { LogRange, Position } from '../topology/source.ts'

/** The logs of all sources of a topology as one: partitions are asked of the log they belong to. */
export class LogUnion implements SourceLog {
  readonly #logs: readonly SourceLog[]

  constructor(logs: readonly SourceLog[]) {
    this.#logs = logs
  }

  async open(): Promise<void> {
    await Promise.all(this.#logs.map((log) => log.open()))
  }

  partitions(): readonly string[] {
    return this.#logs.flatMap((log) => log.partitions())
  }

  ranges(partitions: readonly string[]): Promise<ReadonlyMap<string, LogRange>> {
    return this.#each(partitions, (log, own) => log.ranges(own))
  }

  since(partitions: readonly string[], timestampMs: number): Promise<ReadonlyMap<string, number>> {
    return this.#each(partitions, (log, own) => log.since(own, timestampMs))
  }

  times(positions: readonly Position[]): Promise<ReadonlyMap<string, number>> {
    return this.#each(positions.map(({ partition }) => partition), (log, own) => log.times(positions.filter(({ partition }) => own.includes(partition))))
  }

  close(): void {
    for (const log of this.#logs) log.close()
  }

  async #each<T>(partitions: readonly string[], ask: (log: SourceLog, own: readonly string[]) => Promise<ReadonlyMap<string, T>>): Promise<ReadonlyMap<string, T>> {
    const answers = await Promise.all(this.#logs.map(async (log) => {
      const theirs = new Set(log.partitions())
      const own = partitions.filter((partition) => theirs.has(partition))
      return own.length === 0 ? new Map<string, T>() : ask(log, own)
    }))
    return new Map(answers.flatMap((answer) => Array.from(answer)))
  }
}
