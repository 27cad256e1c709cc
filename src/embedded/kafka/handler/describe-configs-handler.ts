import { describeConfigs } from '../../../wire/api/describe-configs.ts'
import { defineHandler } from '../api-handler.ts'
import type { ApiHandler } from '../api-handler.ts'
import type { BrokerNode } from '../node.ts'
import { Refusal } from '../refusal.ts'
import type { Settings } from '../settings/settings.ts'
import type { Topics } from '../topic/topics.ts'
import { configResource } from './config-resource.ts'

export function describeConfigsHandler(node: BrokerNode, topics: Topics, settings: Settings): ApiHandler<typeof describeConfigs> {
  return defineHandler({
    api: describeConfigs,
    handle: ({ resources, includeSynonyms, includeDocumentation }) => ({
      results: resources.map(({ resourceType, resourceName, configurationKeys }) => {
        const resource = { resourceType, resourceName }
        try {
          const names = configurationKeys === null || configurationKeys.length === 0 ? undefined : new Set(configurationKeys)
          const configs = configResource(resourceType, resourceName, node.id, topics, settings).describe(names)
          return {
            ...resource,
            configs: configs.map(({ name, value, source, readOnly, synonyms, type, documentation }) => ({
              name,
              value,
              readOnly,
              configSource: source,
              synonyms: includeSynonyms ? synonyms : [],
              configType: type,
              documentation: includeDocumentation ? documentation : null,
            })),
          }
        } catch (error) {
          if (error instanceof Refusal) return { ...resource, errorCode: error.code, errorMessage: error.message }
          throw error
        }
      }),
    }),
  })
}
