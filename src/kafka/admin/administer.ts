import type { Clock } from '../../base/clock.ts'
import { MillraceError } from '../../errors.ts'
import { KafkaFailure } from '../kafka-failure.ts'
import type { KafkaCluster } from '../kafkajs-cluster.ts'
import { patiently } from '../patience.ts'

/** A cluster to ask, and how long to try. */
export interface Administration {
  readonly cluster: KafkaCluster
  readonly clock: Clock
  /** How long what may pass is tried again. */
  readonly patienceMs: number
}

/** The work, again while what stops it may pass; then MR_KAFKA_REFUSED. */
export async function insisting<Result>({ cluster, clock, patienceMs }: Administration, work: () => Promise<Result>): Promise<Result> {
  try {
    return await patiently(clock, patienceMs, work, () => cluster.refreshMetadata())
  } catch (thrown) {
    if (!(thrown instanceof KafkaFailure)) throw thrown
    throw new MillraceError(thrown.type === 'CONNECTION' || thrown.type === 'TIMEOUT' ? 'MR_KAFKA_UNREACHABLE' : 'MR_KAFKA_REFUSED', thrown.message, {
      place: { at: cluster.bootstrap },
      remedy: 'check that the brokers are up and have leaders; then try again',
    })
  }
}
