import { deleteTopics } from '../../../wire/api/delete-topics.ts'
import type { RequestOf, ResponseToWrite } from '../../../wire/message/api.ts'
import { defineHandler } from '../api-handler.ts'
import type { ApiHandler } from '../api-handler.ts'
import { Refusal } from '../refusal.ts'
import type { Settings } from '../settings/settings.ts'
import type { Topics } from '../topic/topics.ts'

type TopicAnswer = NonNullable<ResponseToWrite<typeof deleteTopics>['responses']>[number]

export function deleteTopicsHandler(topics: Topics, settings: Settings): ApiHandler<typeof deleteTopics> {
  const remove = async (name: string | null, version: number): Promise<void> => {
    if (!settings.flag('delete.topic.enable')) {
      throw new Refusal(version < 3 ? 'INVALID_REQUEST' : 'TOPIC_DELETION_DISABLED', 'Topic deletion is disabled: delete.topic.enable is false.')
    }
    if (name === null) throw new Refusal('UNKNOWN_TOPIC_ID', 'This server does not host this topic ID; name the topic.')
    await topics.delete(name)
  }
  return defineHandler({
    api: deleteTopics,
    async handle(request, { version }) {
      const responses: TopicAnswer[] = []
      for (const same of Map.groupBy(namedIn(request, version), nameOrId).values()) {
        const { name, topicId } = same[0]!
        try {
          if (same.length > 1) throw new Refusal('INVALID_REQUEST', 'Duplicate topic name.')
          await remove(name, version)
          responses.push({ name, topicId })
        } catch (error) {
          if (!(error instanceof Refusal)) throw error
          responses.push({ name, topicId, errorCode: error.code, errorMessage: error.message })
        }
      }
      return { responses }
    },
  })
}

interface Named {
  readonly name: string | null
  readonly topicId?: Uint8Array
}

function nameOrId({ name, topicId }: Named): string {
  return name ?? `id ${topicId?.toString()}`
}

function namedIn(request: RequestOf<typeof deleteTopics>, version: number): readonly Named[] {
  return version < 6 ? request.topicNames.map((name) => ({ name })) : request.topics
}
