/** The page views of `page-views.ts`, with their members picked from the bytes: the same results in Redis. */
import { defineTopology } from 'millrace'
import { pickJson } from 'millrace/bolts'
import { kafkaSpout } from 'millrace/kafka'
import { redisCounter, redisHyperLogLog } from 'millrace/redis'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

const minuteOf = (at: number): number => at - (at % minuteMs)

export default defineTopology('page-views-bolts', (builder) => {
  const records = builder.setSpout('records', kafkaSpout({ topic: 'page-views', value: 'utf8' }))
  const views = builder.setBolt('pick', pickJson({ field: 'value', fields: { page: 'string', visitor: 'string', at: 'number' } })).shuffleGrouping(records)

  builder.setBolt('per-page', redisCounter({ key: 'views', field: 'page' })).fieldsGrouping(views, 'page')

  builder.setBolt('per-minute', redisCounter({
    key: (tuple: { at: number }) => `views:${new Date(minuteOf(tuple.at)).toISOString()}`,
    field: 'page',
    expireAt: (tuple) => minuteOf(tuple.at) + dayMs,
    window: { startOf: (tuple) => minuteOf(tuple.at), sizeMs: minuteMs },
  })).fieldsGrouping(views, 'page')

  builder.setBolt('visitors', redisHyperLogLog({
    key: (tuple: { page: string }) => `visitors:${tuple.page}`,
    element: 'visitor',
  })).fieldsGrouping(views, 'page')
})
