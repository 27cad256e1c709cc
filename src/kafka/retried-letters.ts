import { MillraceError } from '../errors.ts'
import type { ConnectorContext } from '../topology/connector.ts'
import type { DeadLetter, Position } from '../topology/source.ts'
import { kafkaSettings } from './connection.ts'
import { deadLetterHeaders, readDeadLetterHeaders } from './dead-letter-headers.ts'
import { openCluster, type KafkaCluster } from './kafkajs-cluster.ts'
import { fetchPort } from './kafkajs-fetch.ts'
import { originalRecords, type OriginalRecord } from './original-records.ts'
import { splitPartition } from './partition-name.ts'
import { clusterProducePort } from './producer/cluster-produce-port.ts'
import { Producer } from './producer/producer.ts'
import { checkProducerOptions } from './producer/producer-options.ts'

/** Under this name among the connections: where each record's dead letter stands, `topic/partition@offset` of both. */
export const lettersConnection = 'dead-letters'

/** Where the letter of a record stands that is retried. */
export function letterOf({ connections }: Pick<ConnectorContext, 'connections'>, place: string): Position {
  const letter = (connections[lettersConnection] as Readonly<Record<string, string>>)[place]!
  const at = letter.lastIndexOf('@')
  return { partition: letter.slice(0, at), offset: Number(letter.slice(at + 1)) }
}

/**
 * Writes letters anew whose records have failed again, behind those they stand for and in the same topic: with the
 * same bytes and the new cause. Connects when the first one fails.
 */
export class RetriedLetters {
  readonly #context: ConnectorContext
  readonly #closed = new AbortController()
  #opened: Promise<{ readonly cluster: KafkaCluster; readonly producer: Producer }> | undefined

  constructor(context: ConnectorContext) {
    this.#context = context
  }

  /** The partition of each names its record, `topic/partition@offset`. Resolves when all are written. */
  async send(letters: readonly DeadLetter[]): Promise<void> {
    const { clock, connections, log } = this.#context
    const { cluster, producer } = await (this.#opened ??= this.#open())
    const standing = new Map(letters.map((letter) => [letter, letterOf(this.#context, letter.partition)]))
    const byPlace = new Map(Array.from(standing, ([letter, { partition, offset }]) => [`${partition}@${offset}`, letter]))
    const found = originalRecords(fetchPort(cluster, 'read_uncommitted'), Array.from(standing.values()), kafkaSettings(connections).requestTimeoutMs, clock, log, this.#closed.signal)
    for await (const originals of found) {
      await Promise.all(originals.map((original) => this.#send(producer, byPlace.get(`${original.partition}@${original.offset}`)!, original)))
    }
    if (this.#closed.signal.aborted) throw new MillraceError('MR_PRODUCE_FAILED', 'what failed again was not noted: the retry ends', { remedy: 'nothing is lost: the letters stay as they are' })
  }

  async close(): Promise<void> {
    this.#closed.abort()
    const opened = await this.#opened?.catch(() => undefined)
    try {
      await opened?.producer.close()
    } finally {
      opened?.cluster.disconnect()
    }
  }

  async #open(): Promise<{ cluster: KafkaCluster; producer: Producer }> {
    const { clock, connections, log } = this.#context
    const cluster = await openCluster(kafkaSettings(connections), log, 'dead letters')
    return { cluster, producer: new Producer(clusterProducePort(cluster), checkProducerOptions({ acks: 'all', idempotent: false }), clock, log) }
  }

  async #send(producer: Producer, letter: DeadLetter, { partition: from, key, value, headers }: OriginalRecord): Promise<void> {
    const before = readDeadLetterHeaders(headers)
    if (before === undefined) throw new MillraceError('MR_INTERNAL', `there is no dead letter of ${letter.partition}`)
    const { attempts, failedAtMs, offset, partition, timestamp } = before.facts
    const again = { ...letter, partition, offset, attempts: attempts + letter.attempts, failedAtMs }
    const { topic } = splitPartition(from)
    try {
      await producer.send({ topic, key, value, headers: [...before.own, ...deadLetterHeaders(again, timestamp)] })
    } catch (thrown) {
      if (!(thrown instanceof MillraceError) || thrown.code !== 'MR_RECORD_TOO_LARGE') throw thrown
      // The letter that has its bytes is worth more.
      this.#context.log.warn('a record has failed again, and its dead letter goes on saying why it did before: with another cause the topic does not take it for its size', { place: letter.partition })
    }
  }
}
