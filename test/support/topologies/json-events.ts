import { bolt, defineTopology, json } from 'millrace'
import { kafkaSpout } from 'millrace/kafka'
import { redisCounter } from 'millrace/redis'
import { settings } from './settings.ts'

/** Counts the `page` of JSON records. */
const page = bolt({ page: 'string' }, (tuple: { value: { page: string } }, out) => {
  out.emit({ page: tuple.value.page })
})

export default defineTopology(settings.name, (builder) => {
  const events = builder.setSpout('events', kafkaSpout({ topic: settings.topic, value: json<{ page: string }>() }), { onError: settings.onError })
  const pages = builder.setBolt('page', page).shuffleGrouping(events)
  builder.setBolt('count', redisCounter({ key: settings.key, field: 'page' })).fieldsGrouping(pages, 'page')
})
