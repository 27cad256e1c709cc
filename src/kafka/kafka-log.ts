import { MillraceError } from '../errors.ts'
import type { ConnectorContext } from '../topology/connector.ts'
import type { SourceLog } from '../topology/source-log.ts'
import type { LogRange, Position } from '../topology/source.ts'
import { recordTimestamp } from '../wire/record-fields.ts'
import { insisting, type Administration } from './admin/administer.ts'
import { describeTopics } from './admin/topics.ts'
import { kafkaSettings, type CheckedKafkaSettings } from './connection.ts'
import { openCluster, type KafkaCluster } from './kafkajs-cluster.ts'
import { fetchPort } from './kafkajs-fetch.ts'
import { kafkajsOffsets } from './kafkajs-offsets.ts'
import { partitionName, splitPartition } from './partition-name.ts'
import { RecordReader } from './record-reader.ts'
import type { Isolation } from './source-options.ts'
import { spoutsByTopic, type KafkaSpoutOfTopic } from './spouts-by-topic.ts'
import { StartOffsets } from './start-offsets.ts'

const patienceMs = 15_000
/** For one record of each partition: a broker answers a batch at least. */
const oneRecord = { maxWaitMs: 500, minBytes: 1, maxBytes: 2 ** 20, maxPartitionBytes: 2 ** 14, maxHeldBytes: 2 ** 24, checkCrcs: true, maxBatchBytes: 2 ** 27 } as const

/** The topics of a topology's Kafka spouts. */
export class KafkaLog implements SourceLog {
  readonly #context: ConnectorContext
  readonly #settings: CheckedKafkaSettings
  readonly #spouts: ReadonlyMap<string, KafkaSpoutOfTopic>
  #cluster: KafkaCluster | undefined
  #partitions: readonly string[] = []

  constructor(context: ConnectorContext) {
    this.#context = context
    this.#settings = kafkaSettings(context.connections)
    this.#spouts = spoutsByTopic(context)
  }

  async open(): Promise<void> {
    this.#cluster = await openCluster(this.#settings, this.#context.log, 'tool')
    const topics = await describeTopics(this.#administration, Array.from(this.#spouts.keys()))
    this.#partitions = topics.flatMap(({ name, partitions }) => partitions.map(({ partition }) => partitionName(name, partition)))
    await insisting(this.#administration, () => this.#opened.refreshMetadata(Array.from(this.#spouts.keys())))
  }

  partitions(): readonly string[] {
    return this.#partitions
  }

  ranges(partitions: readonly string[]): Promise<ReadonlyMap<string, LogRange>> {
    return insisting(this.#administration, () => this.#offsets({}).ranges(partitions))
  }

  since(partitions: readonly string[], timestampMs: number): Promise<ReadonlyMap<string, number>> {
    return insisting(this.#administration, () => this.#offsets({ from: { timestampMs } }).explicit(partitions))
  }

  async times(positions: readonly Position[]): Promise<ReadonlyMap<string, number>> {
    const ranges = await this.ranges(positions.map(({ partition }) => partition))
    const there = positions.filter(({ partition, offset }) => offset < ranges.get(partition)!.latest)
    const times = new Map<string, number>()
    for (const isolation of ['read_committed', 'read_uncommitted'] as const) {
      const alike = there.filter(({ partition }) => this.#spouts.get(splitPartition(partition).topic)!.isolation === isolation)
      for (const [partition, ms] of await this.#times(alike.map((position) => ({ ...position, limit: ranges.get(position.partition)!.latest })), isolation)) times.set(partition, ms)
    }
    return times
  }

  close(): void {
    this.#cluster?.disconnect()
  }

  async #times(positions: readonly (Position & { readonly limit: number })[], isolation: Isolation): Promise<ReadonlyMap<string, number>> {
    const times = new Map<string, number>()
    if (positions.length === 0) return times
    const { clock, log } = this.#context
    const options = { ...oneRecord, isolation, requestTimeoutMs: this.#settings.requestTimeoutMs }
    const reader = new RecordReader(fetchPort(this.#opened, isolation), positions, options, clock, log)
    try {
      while (times.size < positions.length) {
        const read = await reader.next()
        if (read === undefined) break
        const name = partitionName(read.topic, read.partition)
        if (read.count === 0 || times.has(name)) continue
        const { appendTimestamp, baseTimestamp, bytes, recordAt } = read.columns
        times.set(name, appendTimestamp >= 0 ? appendTimestamp : recordTimestamp(bytes, recordAt[0]!, baseTimestamp))
      }
    } finally {
      reader.close()
    }
    return times
  }

  #offsets(wish: ConnectorContext['start']): StartOffsets {
    const log = kafkajsOffsets(this.#opened, this.#context.clock, patienceMs)
    return new StartOffsets({ log, committed: () => Promise.resolve(new Map()), wish, spouts: withoutSeeks(this.#spouts) })
  }

  get #administration(): Administration {
    return { cluster: this.#opened, clock: this.#context.clock, patienceMs }
  }

  get #opened(): KafkaCluster {
    if (this.#cluster === undefined) throw new MillraceError('MR_INTERNAL', 'the Kafka log is not open')
    return this.#cluster
  }
}

/** What the file says of where to begin is not asked here. */
function withoutSeeks(spouts: ReadonlyMap<string, KafkaSpoutOfTopic>): ReadonlyMap<string, KafkaSpoutOfTopic> {
  return new Map(Array.from(spouts, ([topic, spout]) => [topic, { ...spout, seeks: {} }]))
}
