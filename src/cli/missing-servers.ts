import { join } from 'node:path'
import { systemClock } from '../base/clock.ts'
import { silentLogger } from '../base/logger.ts'
import { MillraceError } from '../errors.ts'
import { startEmbeddedKafka } from '../embedded/embedded-kafka.ts'
import type { EmbeddedKafka } from '../embedded/embedded-kafka.ts'
import { startEmbeddedRedis } from '../embedded/embedded-redis.ts'
import type { EmbeddedRedis } from '../embedded/embedded-redis.ts'
import { createMissingTopics } from '../kafka/admin/topics.ts'
import { openCluster } from '../kafka/kafkajs-cluster.ts'
import { kafkaTopicsOf } from '../kafka/kafka-spout.ts'
import { writesToRedis } from '../redis/result-keys.ts'
import type { Connections } from '../topology/connector.ts'
import type { TopologyDescription } from '../topology/topology.ts'

const usualPorts = { kafka: 9092, redis: 6379 }
/** Of a topic that is made here: enough for every worker of a laptop to have some. */
const partitions = 8
const patienceMs = 15_000

export interface MissingServers {
  /** What was named, and what was started instead of what was not. */
  readonly connections: Connections
  /** Rejects when one of them ends by itself; never resolves. */
  readonly failed: Promise<never>
  /** In the order that loses nothing: after the topology has drained. */
  close(): Promise<void>
}

export interface MissingServersOptions {
  readonly dataDir: string
  readonly description: TopologyDescription
  readonly connections: Connections
  /** For people: one line for each server. */
  say(line: string): void
}

/** Starts a Kafka or a Redis, or both, where the topology needs one and the command line names none. */
export async function startMissingServers({ dataDir, description, connections, say }: MissingServersOptions): Promise<MissingServers> {
  const topics = kafkaTopicsOf(description)
  const servers: (EmbeddedKafka | EmbeddedRedis)[] = []
  const close = async () => {
    for (const server of servers.splice(0).reverse()) await server.close()
  }
  const started: Record<string, unknown> = {}
  try {
    if (topics.length > 0 && connections['kafka'] === undefined) {
      const dir = join(dataDir, 'kafka')
      const kafka = await onUsualPort(usualPorts.kafka, (port) => startEmbeddedKafka({ dataDir: dir, port, settings: { 'num.partitions': String(partitions) } }))
      servers.push(kafka)
      say(`no --brokers: an embedded broker at ${kafka.address}, its records in ${dir}`)
      await createTopics([kafka.address], topics)
      started['kafka'] = { brokers: [kafka.address] }
    }
    if (writesToRedis(description) && connections['redis'] === undefined) {
      const dir = join(dataDir, 'redis')
      const redis = await onUsualPort(usualPorts.redis, (port) => startEmbeddedRedis({ dir, port }))
      servers.push(redis)
      say(`no --redis: ${redis.description}, at ${redis.url}, its data in ${dir}`)
      started['redis'] = { url: redis.url }
    }
  } catch (error) {
    await close()
    throw error
  }
  const failed = Promise.race([new Promise<never>(() => {}), ...servers.map((server) => server.closed.then(() => new Promise<never>(() => {})))])
  failed.catch(() => {})
  return { connections: { ...connections, ...started }, failed, close }
}

/** A free port when somebody else has the usual one. */
async function onUsualPort<T>(port: number, start: (port: number) => Promise<T>): Promise<T> {
  try {
    return await start(port)
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'MR_PORT_TAKEN') return start(0)
    throw error
  }
}

async function createTopics(brokers: readonly string[], topics: readonly string[]): Promise<void> {
  const cluster = await openCluster({ brokers }, silentLogger, 'tool')
  try {
    await createMissingTopics({ cluster, clock: systemClock, patienceMs }, topics)
  } finally {
    cluster.disconnect()
  }
}
