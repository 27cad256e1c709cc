import type { TestProject } from 'vitest/node'
import { makeClassArchive } from './class-archive.ts'
import { startKafka } from './kafka-server.ts'
import { startRedis } from './redis-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Brokers of the Kafka that all system tests share; use topics and groups of your own. */
    kafkaBrokers: string[]
    /** The Redis that all system tests share; use keys of your own. */
    redisUrl: string
  }
}

/** Starts what the system tests share. A test that kills a server starts its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const own = project.name === 'own'
  if (!own) await makeClassArchive()
  const [kafka, redis] = await Promise.all([startKafka({ own }), startRedis({ own })])
  project.provide('kafkaBrokers', kafka.brokers)
  project.provide('redisUrl', redis.url)
  return async () => void await Promise.all([kafka.stop(), redis.stop()])
}
