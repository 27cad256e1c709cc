import { defineTopology } from 'millrace'
import { splitText } from 'millrace/bolts'
import { kafkaSpout } from 'millrace/kafka'
import { redisCounter } from 'millrace/redis'
import { settings, skipping } from './settings.ts'

export default defineTopology(settings.name, (builder) => {
  const lines = builder.setSpout('records', kafkaSpout({ topic: settings.topic, value: 'utf8', fetch: settings.fetch }), skipping)
  const words = builder.setBolt('read', splitText({ field: 'value', as: 'word' }), skipping).shuffleGrouping(lines)
  builder.setBolt('words', redisCounter({ key: 'words', field: 'word' }), skipping).fieldsGrouping(words, 'word')
})
