import type { LogPoint, PartitionLog } from '../../src/kafka/partition-log.ts'
import type { Isolation } from '../../src/kafka/source-options.ts'

/** A partition by its ends and the times of its records, one per offset from `earliest`. */
export interface LoggedPartition {
  readonly earliest: number
  readonly latest: number
  /** Where the first open transaction begins. Default: `latest`. */
  readonly stable?: number
  readonly times?: readonly number[]
}

export class LogInMemory implements PartitionLog {
  readonly asked: string[] = []
  readonly #partitions: Readonly<Record<string, LoggedPartition>>

  constructor(partitions: Readonly<Record<string, LoggedPartition>>) {
    this.#partitions = partitions
  }

  async offsets(partitions: readonly string[], point: LogPoint, isolation: Isolation): Promise<ReadonlyMap<string, number>> {
    this.asked.push(`${typeof point === 'object' ? point.timestampMs : point} ${isolation} ${partitions.join(' ')}`)
    return new Map(partitions.flatMap((partition) => {
      const { earliest, latest, stable = latest, times = [] } = this.#partitions[partition]!
      if (point === 'earliest') return [[partition, earliest] as const]
      if (point === 'latest') return [[partition, isolation === 'read_committed' ? stable : latest] as const]
      const index = times.findIndex((time) => time >= point.timestampMs)
      return index === -1 ? [] : [[partition, earliest + index] as const]
    }))
  }
}
