import { addPartitions, deleteRecordsBelow, moveLeaders, partitionLeaders } from '../../support/topics.ts'
import { waitUntil } from '../../support/wait-until.ts'
import type { Ground } from '../ground.ts'
import type { FaultKind } from './fault-kind.ts'

const mostPartitions = 64

/** Resolves when every partition is led by one of these. */
async function ledBy(ground: Ground, alive: readonly string[]): Promise<void> {
  await waitUntil('new leaders', async () => (await partitionLeaders(alive, ground.topology)).every((leader) => alive.includes(leader)))
}

async function without(ground: Ground, index: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const node = ground.kafka.nodes[index]!
  await node.kill(signal)
  await ledBy(ground, ground.kafka.nodes.filter((other) => other !== node).map(({ broker }) => broker))
  await ground.recovered()
  await node.start()
  await ground.replicasInSync()
  await ground.recovered()
}

const kill: FaultKind = {
  name: 'broker: kill -9',
  share: 1,
  async strike(ground) {
    await without(ground, ground.below(ground.kafka.nodes.length), 'SIGKILL')
    return true
  },
}

const rolling: FaultKind = {
  name: 'broker: rolling restart',
  share: 1,
  async strike(ground) {
    for (const index of ground.kafka.nodes.keys()) await without(ground, index, 'SIGTERM')
    return true
  },
}

const leaderMove: FaultKind = {
  name: 'broker: all leaders move',
  share: 2,
  async strike(ground) {
    const before = await partitionLeaders(ground.kafka.brokers, ground.topology)
    await moveLeaders(ground.kafka.brokers, ground.topology)
    await ground.replicasInSync()
    const after = await partitionLeaders(ground.kafka.brokers, ground.topology)
    await ground.recovered()
    return after.every((leader, partition) => leader !== before[partition])
  },
}

const retention: FaultKind = {
  name: 'broker: retention right behind the reader',
  share: 1,
  async strike(ground) {
    const vector = await ground.vector()
    const offsets = new Map(Array.from(vector ?? []).filter(([, next]) => next > 1))
    await deleteRecordsBelow(ground.kafka.brokers, ground.topology, offsets)
    await ground.recovered()
    return offsets.size > 0
  },
}

const partitions: FaultKind = {
  name: 'broker: a partition is added',
  share: 1,
  async strike(ground) {
    const total = ground.writer.partitions + 1
    if (total > mostPartitions) return true
    await addPartitions(ground.kafka.brokers, ground.topology, total)
    await waitUntil('its leader', async () => (await partitionLeaders(ground.kafka.brokers, ground.topology)).length === total)
    await ground.writer.widen(total)
    await waitUntil('records in it', () => ground.writer.written[total - 1]! > 10)
    await ground.recovered()
    return true
  },
}

export const brokerFaults: readonly FaultKind[] = [kill, rolling, leaderMove, retention, partitions]
