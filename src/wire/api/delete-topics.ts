import { defineApi } from '../message/api.ts'
import { array, int16, int32, list, string, uuid } from '../message/field.ts'

export const deleteTopics = defineApi({
  name: 'DeleteTopics',
  key: 20,
  versions: [1, 6],
  flexibleSince: 4,
  request: {
    topics: array({
      name: string({ nullable: 6, fallback: null }),
      topicId: uuid(),
    }, { since: 6 }),
    topicNames: list(string(), { until: 5 }),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32(),
    responses: array({
      name: string({ nullable: 6 }),
      topicId: uuid({ since: 6 }),
      errorCode: int16(),
      errorMessage: string({ since: 5, nullable: 5, fallback: null }),
    }),
  },
})
