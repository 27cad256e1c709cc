import fetchRequest from 'kafkajs/src/protocol/requests/fetch/v11/request.js'
import listOffsetsRequest from 'kafkajs/src/protocol/requests/listOffsets/v3/request.js'
import listOffsetsResponse from 'kafkajs/src/protocol/requests/listOffsets/v3/response.js'
import { failing, failpoint } from '../base/failpoint.ts'
import type { LogRange } from '../topology/source.ts'
import { FetchedFrame } from './fetched-frame.ts'
import type { FetchLink, FetchPartition, FetchPort } from './fetch-port.ts'
import { readFetchResponse } from './fetch-response.ts'
import { KafkaFailure, lostAnswer } from './kafka-failure.ts'
import type { KafkaCluster } from './kafkajs-cluster.ts'
import { errorType, throwErrorCode } from './kafkajs-link.ts'
import type { KafkaLink } from './kafkajs-link.ts'
import type { Isolation } from './source-options.ts'

const ofConsumer = -1
const earliest = -2
const latest = -1

/** Fetches over kafkajs's connections, with our own reading of the answer. */
export function fetchPort(cluster: KafkaCluster, isolation: Isolation): FetchPort {
  const isolationLevel = isolation === 'read_committed' ? 1 : 0

  async function offsetAt(topic: string, partition: number, timestamp: number): Promise<number> {
    const leader = cluster.leader(topic, partition)
    if (leader === undefined) throw new KafkaFailure('LEADER_NOT_AVAILABLE', `${topic}/${partition} has no leader`, true)
    const { responses } = await cluster.send(leader, {
      request: listOffsetsRequest({ replicaId: ofConsumer, isolationLevel, topics: [{ topic, partitions: [{ partition, timestamp }] }] }),
      response: listOffsetsResponse,
    })
    return Number(responses[0]?.partitions[0]?.offset ?? -1)
  }

  return {
    refresh: (topics) => cluster.refreshMetadata(topics),
    leader: (topic, partition) => cluster.topic(topic)?.leaders.get(partition),
    topicError: (topic) => cluster.topic(topic)?.error,
    open: async (nodeId) => fetchLink(await cluster.openLink(nodeId), isolationLevel),
    async range(topic, partition): Promise<LogRange> {
      return { earliest: await offsetAt(topic, partition, earliest), latest: await offsetAt(topic, partition, latest) }
    },
  }
}

function fetchLink(link: KafkaLink, isolationLevel: 0 | 1): FetchLink {
  return {
    async fetch({ maxWaitMs, minBytes, maxBytes, maxPartitionBytes, partitions }) {
      const request = fetchRequest({ replicaId: ofConsumer, maxWaitTime: maxWaitMs, minBytes, maxBytes, isolationLevel, topics: byTopic(partitions, maxPartitionBytes) })
      if (failing) await failpoint('fetch.request')
      const answer = await link.send({ request, response: { decode, parse: (decoded) => Promise.resolve(decoded) } })
      if (failing) await failpoint('fetch.answer', lostAnswer)
      throwErrorCode(answer.errorCode, link.address)
      const [first] = answer.partitions
      const frame = first && new FetchedFrame(answer.partitions.length, first.bytes.length, () => link.reuse(first.bytes))
      return answer.partitions.map((partition) => ({ ...partition, frame }))
    },
    close: () => link.close(),
  }
}

// kafkajs holds back later requests by the throttle time it finds under this name.
async function decode(bytes: Buffer): Promise<ReturnType<typeof readFetchResponse> & { clientSideThrottleTime: number }> {
  try {
    const response = readFetchResponse(bytes, errorType)
    return { ...response, clientSideThrottleTime: response.throttleMs }
  } catch (thrown) {
    if (thrown instanceof RangeError) throw new KafkaFailure('CORRUPT_MESSAGE', 'a fetch response is cut off', true)
    throw thrown
  }
}

interface TopicToFetch {
  topic: string
  partitions: { partition: number; fetchOffset: string; maxBytes: number }[]
}

/** Keeps the order, so a topic comes more than once when its partitions are not neighbours. */
function byTopic(partitions: readonly FetchPartition[], maxBytes: number): TopicToFetch[] {
  const topics: TopicToFetch[] = []
  for (const { topic, partition, offset } of partitions) {
    let last = topics.at(-1)
    if (last?.topic !== topic) topics.push(last = { topic, partitions: [] })
    last.partitions.push({ partition, fetchOffset: String(offset), maxBytes })
  }
  return topics
}
