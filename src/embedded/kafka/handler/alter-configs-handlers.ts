import { alterConfigs } from '../../../wire/api/alter-configs.ts'
import { incrementalAlterConfigs } from '../../../wire/api/incremental-alter-configs.ts'
import { defineHandler } from '../api-handler.ts'
import type { ApiHandler } from '../api-handler.ts'
import type { BrokerNode } from '../node.ts'
import { Refusal } from '../refusal.ts'
import type { Settings } from '../settings/settings.ts'
import type { Topics } from '../topic/topics.ts'
import { configResource } from './config-resource.ts'
import type { ConfigResource } from './config-resource.ts'
import { repeatedNames } from './repeated-names.ts'

const topicType = 2

interface Named {
  readonly resourceType: number
  readonly resourceName: string
}

/** AlterConfigs, which sets everything anew, and IncrementalAlterConfigs, which changes what it names. */
export function alterConfigsHandlers(node: BrokerNode, topics: Topics, settings: Settings): [ApiHandler<typeof alterConfigs>, ApiHandler<typeof incrementalAlterConfigs>] {
  const alterEach = async <R extends Named>(resources: readonly R[], alter: (on: ConfigResource, resource: R) => Promise<void>) => {
    const responses: (Named & { readonly errorCode?: number; readonly errorMessage?: string })[] = []
    const repeated = repeatedNames(resources.map(keyOf))
    for (const resource of resources) {
      const { resourceType, resourceName } = resource
      try {
        if (repeated.has(keyOf(resource))) throw new Refusal('INVALID_REQUEST', `Each resource must appear at most once: ${resourceName}`)
        if (resourceType === topicType && resourceName === '') throw new Refusal('INVALID_REQUEST', 'Default topic resources are not allowed.')
        await alter(configResource(resourceType, resourceName, node.id, topics, settings), resource)
        responses.push({ resourceType, resourceName })
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        responses.push({ resourceType, resourceName, errorCode: error.code, errorMessage: error.message })
      }
    }
    return { responses }
  }

  return [
    defineHandler({
      api: alterConfigs,
      handle: ({ resources, validateOnly }) => alterEach(resources, (on, { configs }) => on.replace(configs, validateOnly)),
    }),
    defineHandler({
      api: incrementalAlterConfigs,
      handle: ({ resources, validateOnly }) => alterEach(resources, (on, { configs }) =>
        on.alter(configs.map(({ name, configOperation, value }) => ({ name, operation: configOperation, value })), validateOnly)),
    }),
  ]
}

function keyOf({ resourceType, resourceName }: Named): string {
  return `${resourceType} ${resourceName}`
}
