import { setTimeout as delay } from 'node:timers/promises'
import type { KafkaServer } from '../support/kafka-server.ts'
import type { RedisServer } from '../support/redis-server.ts'

export interface SoakServers {
  readonly kafka: KafkaServer
  readonly redis: RedisServer
}

export interface SoakFault {
  readonly name: string
  happen(servers: SoakServers): Promise<void>
}

/** What happens to the servers in turn; the process itself stays, for its memory is what is watched. */
export const soakFaults: readonly SoakFault[] = [
  { name: 'Redis stands still for 10 s', happen: ({ redis }) => stopped(redis.pid!, 10_000) },
  { name: 'the broker stands still for 5 s', happen: ({ kafka }) => stopped(kafka.nodes[0]!.pid!, 5_000) },
  {
    name: 'Redis is killed and comes back from its log',
    async happen({ redis }) {
      await redis.kill()
      await delay(1_000)
      await redis.start()
    },
  },
]

async function stopped(pid: number, ms: number): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  try {
    await delay(ms)
  } finally {
    process.kill(pid, 'SIGCONT')
  }
}
