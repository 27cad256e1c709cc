import listRequest from 'kafkajs/src/protocol/requests/listOffsets/v3/request.js'
import listResponse from 'kafkajs/src/protocol/requests/listOffsets/v3/response.js'
import { failing, failpoint } from '../base/failpoint.ts'
import type { Clock } from '../base/clock.ts'
import { KafkaFailure, lostAnswer } from './kafka-failure.ts'
import type { KafkaCluster } from './kafkajs-cluster.ts'
import type { LogPoint, PartitionLog } from './partition-log.ts'
import { byTopic, partitionName, splitPartition } from './partition-name.ts'
import { patiently } from './patience.ts'
import type { Isolation } from './source-options.ts'

/** Asks the leaders, again while they move; throws a KafkaFailure after `patienceMs` of that. */
export function kafkajsOffsets(cluster: KafkaCluster, clock: Clock, patienceMs: number): PartitionLog {
  return {
    async offsets(partitions, point, isolation) {
      const answers = await patiently(
        clock,
        patienceMs,
        async () => Promise.all([...byLeader(cluster, partitions)].map(([leader, led]) => ask(cluster, leader, led, point, isolation))),
        () => cluster.refreshMetadata([...byTopic(partitions).keys()]),
      )
      // -1 is Kafka's "no record is that new"
      return new Map(answers.flat().filter(([, offset]) => offset >= 0))
    },
  }
}

function byLeader(cluster: KafkaCluster, partitions: readonly string[]): Map<number, string[]> {
  const led = new Map<number, string[]>()
  for (const name of partitions) {
    const { topic, partition } = splitPartition(name)
    const leader = cluster.leader(topic, partition)
    if (leader === undefined) throw new KafkaFailure('LEADER_NOT_AVAILABLE', `${name} has no leader`, true)
    led.set(leader, [...(led.get(leader) ?? []), name])
  }
  return led
}

const endMarks = { earliest: -2, latest: -1 }

async function ask(cluster: KafkaCluster, leader: number, partitions: readonly string[], point: LogPoint, isolation: Isolation): Promise<[string, number][]> {
  const timestamp = typeof point === 'object' ? point.timestampMs : endMarks[point]
  const { responses } = await cluster.send(leader, {
    request: listRequest({
      replicaId: -1,
      isolationLevel: isolation === 'read_committed' ? 1 : 0,
      topics: [...byTopic(partitions)].map(([topic, numbers]) => ({ topic, partitions: numbers.map((partition) => ({ partition, timestamp })) })),
    }),
    response: listResponse,
  })
  if (failing) await failpoint('ranges.answer', lostAnswer)
  return responses.flatMap(({ topic, partitions }) => partitions.map(({ partition, offset }): [string, number] => [partitionName(topic, partition), Number(offset)]))
}
