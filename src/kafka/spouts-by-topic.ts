import { MillraceError } from '../errors.ts'
import type { ConnectorContext } from '../topology/connector.ts'
import type { KafkaSourceOptions } from './source-options.ts'

export type KafkaSpoutOfTopic = KafkaSourceOptions & { readonly component: string }

/** Refuses two readers of one topic: each record would be counted by one of them only. */
export function spoutsByTopic(context: Pick<ConnectorContext, 'topology' | 'components'>): Map<string, KafkaSpoutOfTopic> {
  const spouts = new Map<string, KafkaSpoutOfTopic>()
  for (const { component, options } of context.components) {
    const spout = { ...options as KafkaSourceOptions, component }
    for (const topic of spout.topics) {
      const other = spouts.get(topic)
      if (other !== undefined) {
        throw new MillraceError('MR_TOPOLOGY_INVALID', `the spouts ${other.component} and ${component} both read the topic ${topic}`, {
          place: { topology: context.topology, component },
          remedy: 'read it with one spout and connect both followers to that one',
        })
      }
      spouts.set(topic, spout)
    }
  }
  return spouts
}
