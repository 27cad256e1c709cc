import { setTimeout as delay } from 'node:timers/promises'
import type { TcpProxy, Way } from '../../support/tcp-proxy.ts'
import { waitUntil } from '../../support/wait-until.ts'
import type { Ground } from '../ground.ts'
import type { FaultKind } from './fault-kind.ts'

const settlingMs = 300

type Ways = (ground: Ground) => readonly TcpProxy[]

const toRedis: Ways = (ground) => [ground.redis.way]
const toBrokers: Ways = (ground) => ground.brokerWays
const toOneBroker: Ways = (ground) => [ground.brokerWays[ground.below(ground.brokerWays.length)]!]

function lostReply(name: string, share: number, ways: Ways): FaultKind {
  return {
    name: `${name}: request arrives, reply is lost`,
    share,
    async strike(ground) {
      const struck = ways(ground)
      const lost = (): number => struck.reduce((sum, way) => sum + way.lost, 0)
      const before = lost()
      for (const way of struck) way.loseNextReply()
      await waitUntil('a reply to lose', () => lost() > before)
      // To a broker that leads nothing nobody may speak.
      await delay(settlingMs)
      for (const way of struck) way.loseNextReply(false)
      await ground.recovered()
      return true
    },
  }
}

function spell(name: string, what: string, share: number, ways: Ways, way: (ground: Ground) => Way, ms: number): FaultKind {
  return {
    name: `${name}: ${what}`,
    share,
    async strike(ground) {
      const struck = ways(ground)
      const way1 = way(ground)
      for (const each of struck) each.way = way1
      await delay(ms / 2 + ground.below(ms))
      for (const each of struck) each.way = 'open'
      await ground.recovered()
      return true
    },
  }
}

const slow = (ground: Ground): Way => ({ slowMs: 50 + ground.below(400) })
const sliced = (ground: Ground): Way => ({ sliceBytes: 1 + ground.below(100) })

export const networkFaults: readonly FaultKind[] = [
  lostReply('way to redis', 3, toRedis),
  spell('way to redis', 'refused', 1, toRedis, () => 'refused', 1000),
  spell('way to redis', 'half open', 1, toRedis, () => 'half-open', 1000),
  spell('way to redis', 'frozen', 1, toRedis, () => 'frozen', 2000),
  spell('way to redis', 'slow', 1, toRedis, slow, 2000),
  spell('way to redis', 'sliced', 1, toRedis, sliced, 2000),
  lostReply('way to kafka', 1, toBrokers),
  spell('way to kafka', 'refused', 1, toBrokers, () => 'refused', 1000),
  spell('way to kafka', 'half open', 1, toOneBroker, () => 'half-open', 1000),
  spell('way to kafka', 'frozen', 1, toBrokers, () => 'frozen', 2000),
  spell('way to kafka', 'slow', 1, toBrokers, slow, 2000),
  spell('way to kafka', 'sliced', 1, toBrokers, sliced, 2000),
]
