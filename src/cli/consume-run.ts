import type { Timer } from '../base/clock.ts'
import { asMillraceError, MillraceError } from '../errors.ts'
import { describeTopics } from '../kafka/admin/topics.ts'
import { clientAssignors } from '../kafka/group-identity.ts'
import { openKafkajs } from '../kafka/kafkajs-access.ts'
import { openCluster } from '../kafka/kafkajs-cluster.ts'
import type { KafkaCluster } from '../kafka/kafkajs-cluster.ts'
import { fetchPort } from '../kafka/kafkajs-fetch.ts'
import { kafkajsOffsets } from '../kafka/kafkajs-offsets.ts'
import { KafkaSource } from '../kafka/kafka-source.ts'
import { partitionName } from '../kafka/partition-name.ts'
import { RecordReader } from '../kafka/record-reader.ts'
import type { PartitionToRead, RecordsRead } from '../kafka/record-reader.ts'
import type { KafkaSourceOptions } from '../kafka/source-options.ts'
import type { LogRange, Source } from '../topology/source.ts'
import type { ConsumeFlags } from './consume-command.ts'
import { exitCode } from './exit-code.ts'
import { onInterrupt } from './interrupts.ts'
import type { Place } from './parse-place.ts'
import type { RecordOutput } from './record-output.ts'
import { clusterSettings } from './tool-cluster.ts'
import type { ToolHost } from './tool-host.ts'

const mebibyte = 1_048_576
const fetching = { maxWaitMs: 500, minBytes: 1, maxBytes: 16 * mebibyte, maxPartitionBytes: 4 * mebibyte, maxHeldBytes: 64 * mebibyte, checkCrcs: true, maxBatchBytes: 256 * mebibyte } as const
const patienceMs = 15_000

/** Reads one topic into an output until told to end: by a limit, a signal, or a reader that has gone away. */
export class ConsumeRun {
  readonly #topic: string
  readonly #flags: ConsumeFlags
  readonly #output: RecordOutput
  readonly #host: ToolHost
  readonly #ended = Promise.withResolvers<void>()
  /** Next offset by partition: where it began, then behind what is in the output. */
  readonly #positions = new Map<string, number>()
  #reader: RecordReader | undefined
  #reading: Promise<void> = Promise.resolve()
  #count = 0
  #stopping = false
  #idle: Timer | undefined

  constructor(topic: string, flags: ConsumeFlags, output: RecordOutput, host: ToolHost) {
    this.#topic = topic
    this.#flags = flags
    this.#output = output
    this.#host = host
  }

  async run(): Promise<void> {
    const { clock, log, signals, outputGone } = this.#host
    const stopListening = onInterrupt(signals, clock, { drain: () => this.#stop(), endNow: () => this.#host.exit(exitCode.interrupted) })
    outputGone.addEventListener('abort', () => this.#stop())
    const settings = clusterSettings(this.#flags)
    const cluster = await openCluster(settings, log, 'consume')
    try {
      await (this.#flags.group === undefined ? this.#readAlone(cluster, settings.requestTimeoutMs) : this.#readInGroup(cluster, settings, this.#flags.group))
      if (this.#flags.json !== true && !outputGone.aborted) this.#host.note(`Processed a total of ${this.#count} messages`)
    } finally {
      this.#idle?.cancel()
      stopListening()
      cluster.disconnect()
    }
  }

  async #readAlone(cluster: KafkaCluster, requestTimeoutMs: number): Promise<void> {
    const { partition: wanted, fromBeginning, untilCaughtUp, isolation } = this.#flags
    const [topic] = await describeTopics({ cluster, clock: this.#host.clock, patienceMs }, [this.#topic])
    const existing = topic!.partitions.map(({ partition }) => partition)
    const missing = wanted?.find((partition) => !existing.includes(partition))
    if (missing !== undefined) {
      throw new MillraceError('MR_KAFKA_TOPIC_UNKNOWN', `${this.#topic} has ${existing.length} partition${existing.length === 1 ? '' : 's'}, counted from 0: there is no partition ${missing}`, {
        place: { partition: partitionName(this.#topic, missing) },
        remedy: `name a partition from 0 to ${existing.length - 1}`,
      })
    }
    const names = (wanted ?? existing).map((partition) => partitionName(this.#topic, partition))
    await cluster.refreshMetadata([this.#topic])
    const log = kafkajsOffsets(cluster, this.#host.clock, patienceMs)
    const [earliest, latest] = await Promise.all([log.offsets(names, 'earliest', isolation), log.offsets(names, 'latest', isolation)])
    const place = this.#flags.offset ?? (fromBeginning === true ? 'earliest' : 'latest')
    const partitions = names.map((name): PartitionToRead => {
      const range = { earliest: earliest.get(name)!, latest: latest.get(name)! }
      return { partition: name, offset: offsetOf(name, place, range), ...(untilCaughtUp === true ? { limit: range.latest } : {}) }
    })
    this.#begin(cluster, partitions, requestTimeoutMs, () => {})
    await this.#ended.promise
    await this.#reading
  }

  async #readInGroup(cluster: KafkaCluster, settings: ReturnType<typeof clusterSettings>, group: string): Promise<void> {
    const { fromBeginning, isolation } = this.#flags
    const options: KafkaSourceOptions = { topics: [this.#topic], start: fromBeginning === true ? 'earliest' : 'latest', seeks: {}, isolation }
    const source = new KafkaSource({
      topology: group,
      instance: 'console',
      fingerprint: '',
      code: '',
      generation: 'live',
      connections: { kafka: settings },
      start: {},
      components: [{ component: 'console', tasks: 1, options }],
      clock: this.#host.clock,
      log: this.#host.log,
    }, { group, instance: undefined, assignors: clientAssignors }, openKafkajs)
    let assignment = 0
    const giveUp = async (): Promise<void> => {
      assignment++
      this.#reader?.close()
      await this.#reading
    }
    try {
      await Promise.race([this.#ended.promise, source.open({
        assigned: (partitions) => {
          const own = ++assignment
          this.#positions.clear()
          this.#placed(source, partitions.map(({ partition }) => partition)).then((placed) => {
            if (own !== assignment || this.#stopping) return
            // Committed before a record has come: else what comes until the next run would be missed by it, when it begins at the end.
            for (const { partition, offset } of placed) this.#positions.set(partition, offset)
            this.#commit(source)
            this.#begin(cluster, placed, settings.requestTimeoutMs, () => this.#commit(source))
          }, (error: unknown) => this.#fail(error))
        },
        revoked: async () => {
          await giveUp()
          this.#commit(source)
        },
        lost: () => {
          this.#positions.clear()
          void giveUp()
        },
        failed: (error) => this.#fail(error),
      })])
      await this.#ended.promise
      await this.#reading
      this.#commit(source)
    } finally {
      await source.close()
    }
  }

  /** Where the group's last commit ends; where there is none, or its records are gone, where a new reader begins. */
  async #placed(source: Source, partitions: readonly string[]): Promise<PartitionToRead[]> {
    if (partitions.length === 0) return []
    const [committed, ranges, start] = await Promise.all([source.mirrored(partitions), source.ranges(partitions), source.startOffsets(partitions, true)])
    return partitions.map((partition) => {
      const { earliest, latest } = ranges.get(partition)!
      const offset = committed.get(partition)
      return { partition, offset: offset !== undefined && offset >= earliest && offset <= latest ? offset : start.get(partition)! }
    })
  }

  #commit(source: Source): void {
    source.mirror([...this.#positions].map(([partition, offset]) => ({ partition, offset })))
  }

  #begin(cluster: KafkaCluster, partitions: readonly PartitionToRead[], requestTimeoutMs: number, written: () => void): void {
    const { isolation } = this.#flags
    const { clock, log } = this.#host
    const reader = new RecordReader(fetchPort(cluster, isolation), partitions, { ...fetching, isolation, requestTimeoutMs }, clock, log)
    this.#reader = reader
    this.#watchIdle()
    this.#reading = this.#read(reader, written).catch((error: unknown) => this.#fail(error))
    if (this.#stopping) reader.close()
  }

  async #read(reader: RecordReader, written: () => void): Promise<void> {
    for (let records = await reader.next(); records !== undefined; records = await reader.next()) {
      if (records.count > 0) this.#watchIdle()
      const whole = await this.#take(records)
      const enough = this.#count === this.#flags.max
      // Marks of transactions right behind the last record are passed as well.
      for (let passed = enough && whole ? reader.arrived() : undefined; passed?.count === 0; passed = reader.arrived()) await this.#take(passed)
      written()
      if (enough) break
    }
    // Its partitions are read to their limits, or enough is read; a reader that was closed for others ends nothing.
    if (this.#reader === reader && (this.#count === this.#flags.max || this.#flags.group === undefined)) this.#stop()
  }

  /** Whether it was all wanted. */
  async #take(records: RecordsRead): Promise<boolean> {
    const { topic, partition, columns } = records
    const count = Math.min(records.count, (this.#flags.max ?? Infinity) - this.#count)
    const whole = count === records.count
    const next = whole ? records.nextOffset : columns.baseOffset + columns.offsetDelta[count - 1]! + 1
    const room = this.#output.write(records, count)
    if (room !== undefined) await room
    this.#count += count
    this.#positions.set(partitionName(topic, partition), next)
    return whole
  }

  #watchIdle(): void {
    this.#idle?.cancel()
    if (this.#flags.timeout !== undefined && !this.#stopping) this.#idle = this.#host.clock.setTimer(this.#flags.timeout, () => this.#stop())
  }

  #stop(): void {
    this.#stopping = true
    this.#idle?.cancel()
    this.#reader?.close()
    this.#ended.resolve()
  }

  #fail(error: unknown): void {
    this.#ended.reject(asMillraceError(error, 'MR_INTERNAL'))
    this.#reader?.close()
  }
}

function offsetOf(name: string, place: Place, { earliest, latest }: LogRange): number {
  if (place === 'earliest') return earliest
  if (place === 'latest') return latest
  if ('beforeEnd' in place) return Math.max(earliest, latest - place.beforeEnd)
  if (place.offset >= earliest && place.offset <= latest) return place.offset
  throw new MillraceError('MR_OFFSET_OUT_OF_RANGE', `${name} holds ${earliest} to ${latest}, wanted is ${place.offset}`, {
    place: { partition: name, offset: place.offset },
    remedy: 'name an offset within the range, or earliest, latest, end-N',
  })
}
