import { defineTopology } from 'millrace'
import { filterEquals, lookup, pickJson, tumblingCount } from 'millrace/bolts'
import { kafkaSpout } from 'millrace/kafka'
import { redisReader, redisWindows } from 'millrace/redis'
import { settings, givingUp } from './settings.ts'

export default defineTopology(settings.name, (builder) => {
  const records = builder.setSpout('records', kafkaSpout({ topic: settings.topic, value: 'utf8', fetch: settings.fetch }), givingUp)
  const events = builder.setBolt('read', pickJson({ field: 'value', fields: { ad_id: 'string', event_type: 'string', event_time: 'string' } }), givingUp).shuffleGrouping(records)
  const viewed = builder.setBolt('views', filterEquals({ field: 'event_type', value: 'view', keep: { ad_id: 'string', event_time: 'string' } }), givingUp).shuffleGrouping(events)
  const joined = builder.setBolt('join', lookup({ field: 'ad_id', as: 'campaign', from: redisReader, keep: { event_time: 'string' } }), givingUp).fieldsGrouping(viewed, 'ad_id')
  const shares = builder.setBolt('windows', tumblingCount({ by: 'campaign', time: 'event_time', sizeMs: 10_000 }), givingUp).fieldsGrouping(joined, 'campaign')
  builder.setBolt('write', redisWindows({ by: 'campaign' }), givingUp).shuffleGrouping(shares)
})
