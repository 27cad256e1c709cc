import { defineTopology } from 'millrace'
import { splitText } from 'millrace/bolts'
import { kafkaSpout } from 'millrace/kafka'
import { redisCounter } from 'millrace/redis'
import { settings, givingUp } from './settings.ts'

export default defineTopology(settings.name, (builder) => {
  const lines = builder.setSpout('records', kafkaSpout({ topic: settings.topic, value: 'utf8', fetch: settings.fetch }), givingUp)
  const words = builder.setBolt('read', splitText({ field: 'value', as: 'word' }), givingUp).shuffleGrouping(lines)
  builder.setBolt('words', redisCounter({ key: 'words', field: 'word' }), givingUp).fieldsGrouping(words, 'word')
})
