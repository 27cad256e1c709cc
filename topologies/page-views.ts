/**
 * Website activity from topic `page-views`, live in Redis: views per page (hash `views`), views per
 * page and minute (hash `views:<minute>`, kept for a day), distinct visitors per page (`PFCOUNT visitors:<page>`).
 */
import { bolt, defineTopology, json } from 'millrace'
import { kafkaSpout } from 'millrace/kafka'
import { redisCounter, redisHyperLogLog } from 'millrace/redis'

interface PageView {
  readonly page: string
  readonly visitor: string
  /** Ms since 1970. */
  readonly at: number
}

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

const project = bolt({ page: 'string', visitor: 'string', minute: 'number' }, (tuple: { value: PageView }, out) => {
  const { page, visitor, at } = tuple.value
  out.emit({ page, visitor, minute: at - (at % minuteMs) })
})

export default defineTopology('page-views', (builder) => {
  const records = builder.setSpout('records', kafkaSpout({ topic: 'page-views', value: json<PageView>() }))
  const views = builder.setBolt('project', project).shuffleGrouping(records)

  builder.setBolt('per-page', redisCounter({ key: 'views', field: 'page' })).fieldsGrouping(views, 'page')

  builder.setBolt('per-minute', redisCounter({
    key: (tuple: { minute: number }) => `views:${new Date(tuple.minute).toISOString()}`,
    field: 'page',
    expireAt: (tuple) => tuple.minute + dayMs,
    window: { startOf: (tuple) => tuple.minute, sizeMs: minuteMs },
  })).fieldsGrouping(views, 'minute', 'page')

  builder.setBolt('visitors', redisHyperLogLog({
    key: (tuple: { page: string }) => `visitors:${tuple.page}`,
    element: 'visitor',
  })).fieldsGrouping(views, 'page')
})
