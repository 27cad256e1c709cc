import { kafkaProducer, type KafkaProducer } from '../../src/kafka/kafka-producer.ts'
import { recordOf } from './record.ts'

const everyMs = 20
/** A cluster may be without leaders for long, and then nothing may be given up. */
const deliveryTimeoutMs = 600_000

/** Fills the topic with the records of the seed, at a steady rate, whatever happens to the brokers. */
export class Writer {
  readonly #brokers: readonly string[]
  readonly #topic: string
  readonly #seed: number
  readonly #recordsPerSecond: number
  /** By partition: records sent, and records acknowledged. */
  readonly #sent: number[]
  readonly #acknowledged: number[]
  readonly #failed: (error: Error) => void
  #producer: KafkaProducer
  #timer: NodeJS.Timeout | undefined
  #turn = 0

  private constructor(options: WriterOptions, producer: KafkaProducer) {
    this.#brokers = options.brokers
    this.#topic = options.topic
    this.#seed = options.seed
    this.#recordsPerSecond = options.recordsPerSecond
    this.#sent = Array.from({ length: options.partitions }, () => 0)
    this.#acknowledged = [...this.#sent]
    this.#failed = options.failed
    this.#producer = producer
  }

  static async open(options: WriterOptions): Promise<Writer> {
    return new Writer(options, await kafkaProducer({ brokers: options.brokers }, { deliveryTimeoutMs }))
  }

  get partitions(): number {
    return this.#sent.length
  }

  /** Records that are in the log for sure, by partition. */
  get written(): readonly number[] {
    return this.#acknowledged
  }

  start(): void {
    const began = performance.now()
    let due = 0
    this.#timer = setInterval(() => {
      const now = (performance.now() - began) / 1000 * this.#recordsPerSecond
      // What a broker that is away would pile up is not made up for.
      const waiting = this.#sent.reduce((sum, sent, partition) => sum + sent - this.#acknowledged[partition]!, 0)
      if (waiting > 10 * this.#recordsPerSecond) due = now
      for (; due < now; due++) this.#send(this.#turn++ % this.#sent.length)
    }, everyMs)
  }

  /** Resolves when all that was sent is acknowledged; nothing more is sent. */
  async pause(): Promise<void> {
    clearInterval(this.#timer)
    await this.#producer.flush()
  }

  /** The topic has so many partitions now: a producer learns that late, another one at once. */
  async widen(partitions: number): Promise<void> {
    await this.pause()
    await this.#producer.close()
    this.#producer = await kafkaProducer({ brokers: this.#brokers }, { deliveryTimeoutMs })
    while (this.#sent.length < partitions) {
      this.#sent.push(0)
      this.#acknowledged.push(0)
    }
    this.start()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#producer.close()
  }

  #send(partition: number): void {
    const offset = this.#sent[partition]!++
    this.#producer.send({ topic: this.#topic, partition, value: JSON.stringify(recordOf(this.#seed, partition, offset)) }).then((position) => {
      if (position.offset !== offset && position.offset !== -1) this.#failed(new Error(`record ${offset} of partition ${partition} was written at ${position.offset}`))
      this.#acknowledged[partition] = Math.max(this.#acknowledged[partition]!, offset + 1)
    }, (error: Error) => this.#failed(error))
  }
}

export interface WriterOptions {
  readonly brokers: readonly string[]
  readonly topic: string
  readonly partitions: number
  readonly seed: number
  readonly recordsPerSecond: number
  /** The topic holds something else than it should; or a record could not be written. */
  failed(error: Error): void
}
