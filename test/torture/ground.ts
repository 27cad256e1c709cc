import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { topologyKeys } from '../../src/redis/topology-keys.ts'
import { below, type Random } from '../support/data/random.ts'
import { startKafka, type KafkaServer } from '../support/kafka-server.ts'
import type { Ended } from '../support/millrace-process.ts'
import { tcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { createTopic, replicasInSync } from '../support/topics.ts'
import { waitUntil } from '../support/wait-until.ts'
import { Fleet } from './fleet.ts'
import type { Vector } from './oracle.ts'
import { counted } from './read-results.ts'
import { RedisPair } from './redis-pair.ts'
import { Writer } from './writer.ts'

export const sessionTimeoutMs = 3000
const firstPartitions = 6
const recoveryMs = 120_000

const kafkaSettings = {
  requestTimeoutMs: 5000,
  connectionTimeoutMs: 2000,
  membership: { sessionTimeoutMs, heartbeatMs: 300, rebalanceTimeoutMs: 10_000, metadataRefreshMs: 1000, startTimeoutMs: 60_000 },
}

/** Something that is no wrong count and should not have happened all the same. */
export interface Mishap {
  readonly what: string
  readonly detail: string
}

/** Servers, the ways to them, the records that flow, and the processes that count them. */
export class Ground {
  readonly topology: string
  readonly dir: string
  readonly random: Random
  readonly kafka: KafkaServer
  /** Between the product and each broker. */
  readonly brokerWays: readonly TcpProxy[]
  readonly redis: RedisPair
  readonly writer: Writer
  readonly fleet: Fleet
  /** Records whose counts were acknowledged and gone after a failover. */
  lostWithFailovers = 0

  private constructor(parts: Pick<Ground, 'topology' | 'dir' | 'random' | 'kafka' | 'brokerWays' | 'redis' | 'writer' | 'fleet'>) {
    this.topology = parts.topology
    this.dir = parts.dir
    this.random = parts.random
    this.kafka = parts.kafka
    this.brokerWays = parts.brokerWays
    this.redis = parts.redis
    this.writer = parts.writer
    this.fleet = parts.fleet
  }

  static async lay(options: { readonly seed: number; readonly random: Random; readonly recordsPerSecond: number; mishap(mishap: Mishap): void }): Promise<Ground> {
    const { seed, random, recordsPerSecond, mishap } = options
    const topology = 'torture'
    const dir = await mkdtemp(join(tmpdir(), 'millrace-torture-'))
    const brokerWays = await Promise.all([tcpProxy(0), tcpProxy(0), tcpProxy(0)])
    const [kafka, redis] = await Promise.all([startKafka({ brokers: 3, own: false, advertisedPorts: brokerWays.map(({ port }) => port) }), RedisPair.start()])
    for (const [index, way] of brokerWays.entries()) way.target = kafka.nodes[index]!.behindProxy!
    await createTopic(kafka.brokers, topology, firstPartitions, {}, 3)
    const settingsFile = join(dir, 'kafka.json')
    await writeFile(settingsFile, JSON.stringify(kafkaSettings))
    const writer = await Writer.open({
      brokers: kafka.brokers, topic: topology, partitions: firstPartitions, seed, recordsPerSecond,
      failed: (error) => mishap({ what: 'the topic is not what it should be', detail: error.message }),
    })
    const fleet = new Fleet({
      topology, dir, kafkaSettings: settingsFile, redisUrl: redis.url, brokers: brokerWays.map(({ port }) => `127.0.0.1:${port}`),
      unexpected: (instance, ended) => {
        mishap({ what: `process ${instance} has ended by itself, with ${ended.signal ?? `code ${ended.code}`}`, detail: lastWords(ended) })
        fleet.start(instance)
      },
    })
    return new Ground({ topology, dir, random, kafka, brokerWays, redis, writer, fleet })
  }

  below(size: number): number {
    return below(this.random, size)
  }

  anInstance(): string {
    const { instances } = this.fleet
    return instances[this.below(instances.length)]!
  }

  /** Next offset of each partition as the primary has it; undefined while it does not answer. */
  vector(): Promise<Vector | undefined> {
    return this.#asked(async (redis) => vectorOf(await redis.hgetall(topologyKeys(this.topology, 'live').offsets)))
  }

  /** What stands beside the live results; undefined when there is nothing. */
  async beside(): Promise<{ readonly status: string; readonly counted: number } | undefined> {
    const { meta, offsets } = topologyKeys(this.topology, 'replay')
    let found: { readonly status: string | null; readonly counted: number } | undefined
    await waitUntil('Redis to answer', async () => (found = await this.#asked(async (redis) => {
      const [status, starts, next] = await Promise.all([redis.hget(meta, 'status'), redis.hgetall(meta), redis.hgetall(offsets)])
      const began = Object.entries(starts).reduce((sum, [field, value]) => sum + (field.startsWith('start:') ? Number(value) : 0), 0)
      return { status, counted: counted(vectorOf(next)) - began }
    })) !== undefined)
    return found!.status === null ? undefined : { status: found!.status, counted: found!.counted }
  }

  async #asked<T>(ask: (redis: Redis) => Promise<T>): Promise<T | undefined> {
    const redis = new Redis({ port: this.redis.ports[0], host: '127.0.0.1', lazyConnect: true, retryStrategy: () => null, commandTimeout: 2000 })
    redis.on('error', () => {})
    try {
      await redis.connect()
      return await ask(redis)
    } catch {
      return undefined
    } finally {
      redis.disconnect()
    }
  }

  /** Records counted, once the primary answers. */
  async counted(): Promise<number> {
    let vector: Vector | undefined
    await waitUntil('Redis to answer', async () => (vector = await this.vector()) !== undefined)
    return counted(vector!)
  }

  /** Resolves when so many records more are counted than now. */
  async progress(records: number): Promise<void> {
    let from = Infinity
    await waitUntil(`${records} more records to be counted`, async () => {
      const vector = await this.vector()
      if (vector === undefined) return false
      // A store that was set back begins from there.
      from = Math.min(from, counted(vector))
      return counted(vector) >= from + records
    }, recoveryMs)
  }

  /** Resolves when every process has partitions. */
  ready(): Promise<void> {
    return waitUntil('every process to have partitions', () => this.fleet.instances.every((instance) => this.fleet.process(instance).output().stderr.includes('attempt begins')), recoveryMs)
  }

  /** Resolves when all is counted that is in the topic now, and of each partition some that was written later. */
  recovered(): Promise<void> {
    return this.#counts(this.writer.written.map((count) => count + 5))
  }

  /** Resolves when all is counted that is in the topic now. */
  allCounted(): Promise<void> {
    return this.#counts([...this.writer.written])
  }

  async replicasInSync(): Promise<void> {
    for (const topic of [this.topology, '__consumer_offsets']) await replicasInSync(this.kafka.brokers, topic)
  }

  async stop(): Promise<Ended[]> {
    await this.writer.close()
    const ended = await Promise.all(this.fleet.instances.map((instance) => this.fleet.end(instance, 'SIGTERM')))
    return ended
  }

  async clear(): Promise<void> {
    await Promise.all([this.kafka.stop(), this.redis.stop(), ...this.brokerWays.map((way) => way.close())])
    await rm(this.dir, { recursive: true, force: true })
  }
  #counts(written: readonly number[]): Promise<void> {
    return waitUntil('what is in the topic to be counted', async () => {
      const vector = await this.vector()
      return vector !== undefined && written.every((count, partition) => (vector.get(partition) ?? 0) >= count)
    }, recoveryMs)
  }
}

function vectorOf(offsets: Readonly<Record<string, string>>): Vector {
  return new Map(Object.entries(offsets).map(([partition, value]) => [Number(partition.slice(partition.lastIndexOf('/') + 1)), Number(value.split('|', 1)[0])]))
}

/** What a process has told last: its error is the last object of its output. */
export function lastWords({ stdout, stderr }: Ended): string {
  return `${stderr.slice(-2000)}\n${stdout.trimEnd().split('\n').at(-1) ?? ''}`
}
