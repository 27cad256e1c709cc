import { MillraceError } from '../errors.ts'
import type { ConnectorContext } from '../topology/connector.ts'
import type { DeadLetter } from '../topology/source.ts'
import { createMissingTopics } from './admin/topics.ts'
import type { CheckedKafkaSettings } from './connection.ts'
import { deadLetterHeaders } from './dead-letter-headers.ts'
import { openCluster, type KafkaCluster } from './kafkajs-cluster.ts'
import { fetchPort } from './kafkajs-fetch.ts'
import { originalRecords, type OriginalRecord } from './original-records.ts'
import { clusterProducePort } from './producer/cluster-produce-port.ts'
import { Producer } from './producer/producer.ts'
import { checkProducerOptions } from './producer/producer-options.ts'

/** The topic that takes a topology's dead letters. */
export class DeadLetterTopic {
  readonly #topic: string
  readonly #context: ConnectorContext
  readonly #settings: CheckedKafkaSettings
  readonly #cluster: KafkaCluster
  readonly #producer: Producer
  readonly #closed = new AbortController()

  private constructor(topic: string, context: ConnectorContext, settings: CheckedKafkaSettings, cluster: KafkaCluster) {
    this.#topic = topic
    this.#context = context
    this.#settings = settings
    this.#cluster = cluster
    // A letter that comes twice is told by where it is from, so the rights of an idempotent producer are not asked for.
    this.#producer = new Producer(clusterProducePort(cluster), checkProducerOptions({ acks: 'all', idempotent: false }), context.clock, context.log)
  }

  /** Makes the topic when it is not there. */
  static async open(topic: string, read: readonly string[], context: ConnectorContext, settings: CheckedKafkaSettings): Promise<DeadLetterTopic> {
    if (read.includes(topic)) {
      throw new MillraceError('MR_TOPOLOGY_INVALID', `the topology reads ${topic}, where its own dead letters would go`, { place: { topology: context.topology }, remedy: 'name another topic for dead letters: --dead-letters TOPIC' })
    }
    const cluster = await openCluster(settings, context.log, 'dead letters')
    try {
      await createMissingTopics({ cluster, clock: context.clock, patienceMs: settings.membership.startTimeoutMs }, [topic])
    } catch (thrown) {
      cluster.disconnect()
      if (!(thrown instanceof MillraceError) || thrown.code === 'MR_KAFKA_UNREACHABLE') throw thrown
      throw new MillraceError(thrown.code, `the topic for dead letters is not there, and ${thrown.message}`, {
        place: thrown.place,
        remedy: `create it by hand (millrace topics create ${topic}) and grant the user Describe and Write on it, or name another one with --dead-letters TOPIC`,
      })
    }
    return new DeadLetterTopic(topic, context, settings, cluster)
  }

  async send(letters: readonly DeadLetter[]): Promise<void> {
    const { clock, log } = this.#context
    const unsent = new Map(letters.map((letter) => [`${letter.partition}@${letter.offset}`, letter]))
    const originals = originalRecords(fetchPort(this.#cluster, 'read_uncommitted'), letters, this.#settings.requestTimeoutMs, clock, log, this.#closed.signal)
    for await (const found of originals) {
      await Promise.all(found.map((original) => {
        const name = `${original.partition}@${original.offset}`
        const letter = unsent.get(name)!
        unsent.delete(name)
        return this.#send(letter, original)
      }))
    }
    if (this.#closed.signal.aborted) throw new MillraceError('MR_PRODUCE_FAILED', 'dead letters were not written: the topology ends', { remedy: 'nothing is lost: their epoch is not committed' })
    // Compaction took them away meanwhile.
    await Promise.all(Array.from(unsent.values(), (letter) => this.#sendBare(letter, -1, 'the record is not in its topic any more')))
  }

  async close(): Promise<void> {
    this.#closed.abort()
    try {
      await this.#producer.close()
    } finally {
      this.#cluster.disconnect()
    }
  }

  async #send(letter: DeadLetter, { key, value, headers, timestamp }: OriginalRecord): Promise<void> {
    try {
      await this.#producer.send({ topic: this.#topic, key, value, headers: [...headers, ...deadLetterHeaders(letter, timestamp)] })
    } catch (thrown) {
      if (!(thrown instanceof MillraceError) || thrown.code !== 'MR_RECORD_TOO_LARGE') throw thrown
      await this.#sendBare(letter, timestamp, `the record has ${(key?.length ?? 0) + (value?.length ?? 0)} bytes, more than ${this.#topic} takes`)
    }
  }

  async #sendBare(letter: DeadLetter, timestamp: number, omitted: string): Promise<void> {
    await this.#producer.send({ topic: this.#topic, key: null, value: null, headers: deadLetterHeaders(letter, timestamp, omitted) })
  }
}
