/** The ads of `topologies/ads-bolts.ts`, grouped by key: most of it crosses between workers, as bytes. */
import { defineTopology } from 'millrace'
import { filterEquals, lookup, pickJson, tumblingCount } from 'millrace/bolts'
import { kafkaSpout } from 'millrace/kafka'
import { redisReader, redisWindows } from 'millrace/redis'

export default defineTopology('ads-bolts-by-key', (builder) => {
  const events = builder.setSpout('events', kafkaSpout({ topic: 'ad-events', value: 'utf8' }))
  const picked = builder.setBolt('pick', pickJson({ field: 'value', fields: { ad_id: 'string', event_type: 'string', event_time: 'string' } })).shuffleGrouping(events)
  const views = builder.setBolt('views', filterEquals({ field: 'event_type', value: 'view', keep: { ad_id: 'string', event_time: 'string' } })).shuffleGrouping(picked)
  const joined = builder.setBolt('join', lookup({ field: 'ad_id', as: 'campaign', from: redisReader, keep: { event_time: 'string' } })).fieldsGrouping(views, 'ad_id')
  const shares = builder.setBolt('windows', tumblingCount({ by: 'campaign', time: 'event_time', sizeMs: 10_000 })).fieldsGrouping(joined, 'campaign')
  builder.setBolt('write', redisWindows({ by: 'campaign' })).shuffleGrouping(shares)
})
