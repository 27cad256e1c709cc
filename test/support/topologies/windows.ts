import { bolt, defineTopology, json } from 'millrace'
import { kafkaSpout } from 'millrace/kafka'
import { redisCounter } from 'millrace/redis'
import { settings } from './settings.ts'

/** Views per page, in all and per second of event time, under names of the test's own. */
const sizeMs = 1000

const project = bolt({ page: 'string', start: 'number' }, (tuple: { value: { page: string; at: number } }, out) => {
  const { page, at } = tuple.value
  out.emit({ page, start: at - (at % sizeMs) })
})

export default defineTopology(settings.name, (builder) => {
  const records = builder.setSpout('records', kafkaSpout({ topic: settings.topic, value: json<{ page: string; at: number }>() }))
  const views = builder.setBolt('project', project).shuffleGrouping(records)
  builder.setBolt('in-all', redisCounter({ key: settings.key, field: 'page' })).fieldsGrouping(views, 'page')
  builder.setBolt('per-second', redisCounter({
    key: (tuple: { start: number }) => `${settings.key}:${tuple.start}`,
    field: 'page',
    window: { startOf: (tuple) => tuple.start, sizeMs },
  })).fieldsGrouping(views, 'start', 'page')
})
