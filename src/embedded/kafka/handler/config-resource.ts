import { Refusal } from '../refusal.ts'
import { altered, brokerSetting, topicSetting } from '../settings/alteration.ts'
import type { Alteration } from '../settings/alteration.ts'
import { describeBrokerSettings, describeClusterSettings, describeTopicSettings } from '../settings/described.ts'
import type { DescribedSetting } from '../settings/described.ts'
import type { Config, Settings } from '../settings/settings.ts'
import type { Topic } from '../topic/topic.ts'
import type { Topics } from '../topic/topics.ts'
import { topicNameFault } from '../topic/topic-name.ts'

const resourceType = { topic: 2, broker: 4 } as const

/** Something that has settings: a topic, this broker, or the brokers of the cluster together. */
export interface ConfigResource {
  describe(names: ReadonlySet<string> | undefined): DescribedSetting[]
  /** Throws the {@link Refusal} for steps that cannot be made; makes them unless they are to be checked only. */
  alter(steps: readonly Alteration[], validateOnly: boolean): Promise<void>
  /** Leaves set what is given and nothing else. */
  replace(config: readonly { readonly name: string; readonly value: string | null }[], validateOnly: boolean): Promise<void>
}

/** Throws the {@link Refusal} for something that is not there or has no settings here. */
export function configResource(type: number, name: string, nodeId: number, topics: Topics, settings: Settings): ConfigResource {
  if (type === resourceType.topic) return topicResource(existing(topics, name), topics, settings)
  if (type !== resourceType.broker) throw new Refusal('INVALID_REQUEST', `Resources of type ${type} have no configs here; topics (2) and brokers (4) have.`)
  if (name !== '' && name !== String(nodeId)) throw new Refusal('INVALID_REQUEST', `Unexpected broker id, expected ${nodeId} or empty string, but received ${name}`)
  return brokerResource(name === '' ? 'cluster' : 'broker', topics, settings)
}

function existing(topics: Topics, name: string): Topic {
  const topic = topics.get(name)
  if (topic !== undefined) return topic
  const fault = topicNameFault(name)
  if (fault !== undefined) throw new Refusal('INVALID_TOPIC_EXCEPTION', fault)
  throw new Refusal('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' does not exist.`)
}

function topicResource(topic: Topic, topics: Topics, settings: Settings): ConfigResource {
  const next = (from: Config, steps: readonly Alteration[]): Config => altered(from, steps, topicSetting, (name) => settings.topicText(name, topic.config))
  return {
    describe: (names) => describeTopicSettings(settings, topic.config, names),
    async alter(steps, validateOnly) {
      next(topic.config, steps)
      if (!validateOnly) await topics.configure(topic.name, (config) => next(config, steps))
    },
    async replace(config, validateOnly) {
      const whole = next({}, config.map((one) => ({ ...one, operation: 0 })))
      if (!validateOnly) await topics.configure(topic.name, () => whole)
    },
  }
}

function brokerResource(level: 'broker' | 'cluster', topics: Topics, settings: Settings): ConfigResource {
  const next = (from: Config, steps: readonly Alteration[]): Config => altered(from, steps, brokerSetting, (name) => settings.text(name) ?? '')
  return {
    describe: (names) => (level === 'broker' ? describeBrokerSettings(settings, names) : describeClusterSettings(settings, names)),
    async alter(steps, validateOnly) {
      next(settings.dynamic[level], steps)
      if (!validateOnly) await topics.configureBroker(level, (config) => next(config, steps))
    },
    async replace(config, validateOnly) {
      const whole = next({}, config.map((one) => ({ ...one, operation: 0 })))
      if (!validateOnly) await topics.configureBroker(level, () => whole)
    },
  }
}
