import type { Clock } from '../base/clock.ts'
import type { Connections } from '../topology/connector.ts'
import { IoredisClient } from './ioredis-client.ts'
import { redisTarget } from './redis-settings.ts'
import { topologyKeys } from './topology-keys.ts'

/** Of each record that the live results of a topology have dead-lettered, `topic/partition@offset`: whether it was counted or skipped in a retry since. Rejects when Redis cannot be asked. */
export async function deadLetterStates(connections: Connections, topology: string, clock: Clock): Promise<ReadonlyMap<string, 'open' | 'retried'>> {
  const target = redisTarget(connections['redis'])
  const connection = new IoredisClient(target, clock)
  try {
    await connection.open(target.connectTimeoutMs)
    const answer = (await connection.call('HGETALL', [topologyKeys(topology, 'live').deadLetters])) as readonly string[]
    return new Map(Array.from({ length: answer.length / 2 }, (_, i) => [answer[2 * i]!, answer[2 * i + 1]!.startsWith('0|') ? 'open' : 'retried']))
  } finally {
    connection.close()
  }
}
