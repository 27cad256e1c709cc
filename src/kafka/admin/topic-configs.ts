import { describeConfigs } from '../../wire/api/describe-configs.ts'
import { incrementalAlterConfigs } from '../../wire/api/incremental-alter-configs.ts'
import { throwAdminError } from './admin-refusal.ts'
import { insisting } from './administer.ts'
import type { Administration } from './administer.ts'

export interface TopicSetting {
  readonly name: string
  /** Null when the broker keeps it secret. */
  readonly value: string | null
  /** Whether it is set for this topic alone. */
  readonly ofTopic: boolean
  /** Whether nobody has set it anywhere. */
  readonly isDefault: boolean
}

/** Kafka's number for topics among the things that have settings. */
const topicResource = 2
const source = { topic: 1, default: 5 } as const
const operation = { set: 0, delete: 1 } as const

/** The settings of each topic, by Kafka's names. */
export async function describeTopicConfigs(administration: Administration, topics: readonly string[]): Promise<ReadonlyMap<string, readonly TopicSetting[]>> {
  const { cluster } = administration
  if (topics.length === 0) return new Map()
  return insisting(administration, async () => {
    const { results } = await cluster.exchange('any', describeConfigs, {
      resources: topics.map((resourceName) => ({ resourceType: topicResource, resourceName, configurationKeys: null })),
    })
    return new Map(results.map(({ errorCode, errorMessage, resourceName, configs }) => {
      throwAdminError(errorCode, `the settings of ${resourceName} cannot be read`, cluster.bootstrap, errorMessage)
      return [resourceName, configs.map(({ name, value, configSource }) => ({
        name,
        value,
        ofTopic: configSource === source.topic,
        isDefault: configSource === source.default,
      })).sort((a, b) => (a.name < b.name ? -1 : 1))]
    }))
  })
}

export interface ConfigChange {
  readonly set: Readonly<Record<string, string>>
  /** These go back to the broker's value. */
  readonly remove: readonly string[]
}

/** All of the change or nothing. Throws MR_KAFKA_CONFIG_INVALID. */
export async function alterTopicConfigs(administration: Administration, topic: string, { set, remove }: ConfigChange): Promise<void> {
  const { cluster } = administration
  await insisting(administration, async () => {
    const { responses } = await cluster.exchange('controller', incrementalAlterConfigs, {
      resources: [{
        resourceType: topicResource,
        resourceName: topic,
        configs: [
          ...Object.entries(set).map(([name, value]) => ({ name, configOperation: operation.set, value })),
          ...remove.map((name) => ({ name, configOperation: operation.delete, value: null })),
        ],
      }],
    })
    for (const { errorCode, errorMessage } of responses) throwAdminError(errorCode, `the settings of ${topic} cannot be changed`, cluster.bootstrap, errorMessage)
  })
}
