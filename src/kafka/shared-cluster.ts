import type { Logger } from '../base/logger.ts'
import type { KafkaSettings } from './connection.ts'
import { openCluster } from './kafkajs-cluster.ts'
import type { KafkaCluster } from './kafkajs-cluster.ts'

interface Shared {
  readonly opening: Promise<KafkaCluster>
  users: number
}

/** One cluster per thread and settings: tasks come and go with every attempt, metadata and its connection stay. */
const clusters = new Map<string, Shared>()

export interface BorrowedCluster {
  readonly cluster: KafkaCluster
  /** May be called once. Without users the cluster stays open, but does not keep the thread alive. */
  release(): void
}

export async function borrowCluster(settings: KafkaSettings, log: Logger): Promise<BorrowedCluster> {
  const key = JSON.stringify(settings)
  let shared = clusters.get(key)
  if (shared === undefined) {
    shared = { opening: openCluster(settings, log, 'fetch'), users: 0 }
    clusters.set(key, shared)
  }
  const own = shared
  own.users++
  try {
    const cluster = await own.opening
    cluster.hold(true)
    return {
      cluster,
      release() {
        own.users--
        if (own.users === 0) cluster.hold(false)
      },
    }
  } catch (thrown) {
    if (clusters.get(key) === own) clusters.delete(key)
    throw thrown
  }
}
