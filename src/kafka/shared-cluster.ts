import type { Logger } from '../base/logger.ts'
import type { KafkaSettings } from './connection.ts'
import { unaskedCluster } from './kafkajs-cluster.ts'
import type { KafkaCluster } from './kafkajs-cluster.ts'

interface Shared {
  readonly cluster: KafkaCluster
  users: number
}

/** One cluster per thread and settings: tasks come and go with every attempt, metadata and its connection stay. */
const clusters = new Map<string, Shared>()

export interface BorrowedCluster {
  readonly cluster: KafkaCluster
  /** May be called once. Without users the cluster stays open, but does not keep the thread alive. */
  release(): void
}

/** Nobody may have asked it anything yet: Kafka was there when the run began, so who cannot reach it now tries on. */
export function borrowCluster(settings: KafkaSettings, log: Logger): BorrowedCluster {
  const key = JSON.stringify(settings)
  let shared = clusters.get(key)
  if (shared === undefined) clusters.set(key, shared = { cluster: unaskedCluster(settings, log, 'fetch'), users: 0 })
  const own = shared
  own.users++
  own.cluster.hold(true)
  return {
    cluster: own.cluster,
    release() {
      own.users--
      if (own.users === 0) own.cluster.hold(false)
    },
  }
}
