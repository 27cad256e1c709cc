import { consumerProtocolType, consumerSubscription, readConsumerMessage } from '../../../wire/api/consumer-protocol.ts'
import { WireError } from '../../../wire/message/wire-reader.ts'

/** The topics of consumers, from the metadata they joined with; undefined when one cannot be read, or when they are no consumers. */
export function subscribedTopics(protocolType: string | null, metadata: Iterable<Buffer>): ReadonlySet<string> | undefined {
  if (protocolType !== consumerProtocolType) return undefined
  const topics = new Set<string>()
  try {
    for (const bytes of metadata) {
      for (const topic of readConsumerMessage({ topics: consumerSubscription.topics }, bytes).topics) topics.add(topic)
    }
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
  return topics
}
