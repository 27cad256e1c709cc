import { setTimeout as delay } from 'node:timers/promises'
import type { FaultKind } from './fault-kind.ts'

const kill: FaultKind = {
  name: 'redis: kill -9, back from its log',
  share: 2,
  async strike(ground) {
    await delay(ground.below(300))
    await ground.redis.killPrimary(() => delay(ground.below(1000)))
    await ground.recovered()
    return true
  },
}

const failover: FaultKind = {
  name: 'redis: failover to a replica that lags',
  share: 3,
  async strike(ground) {
    let lost = 0
    await ground.redis.failOver(
      async () => {
        await ground.progress(200 + ground.below(1000))
        lost = await ground.counted()
      },
      async () => {
        lost -= await ground.counted()
      },
    )
    ground.lostWithFailovers += lost
    await ground.recovered()
    return lost > 0
  },
}

const restore: FaultKind = {
  name: 'redis: restored from an old copy',
  share: 1,
  async strike(ground) {
    await ground.redis.restoreOldCopy(() => ground.progress(500 + ground.below(2000)))
    await ground.recovered()
    return true
  },
}

export const redisFaults: readonly FaultKind[] = [kill, failover, restore]
