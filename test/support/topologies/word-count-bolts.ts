import { defineTopology } from 'millrace'
import { splitText } from 'millrace/bolts'
import { kafkaSpout } from 'millrace/kafka'
import { redisCounter } from 'millrace/redis'
import { settings } from './settings.ts'

/** The word count with names of the test's own, of library bolts. */
export default defineTopology(settings.name, (builder) => {
  const lines = builder.setSpout('lines', kafkaSpout({ topic: settings.topic, value: 'utf8' }), { onError: settings.onError })
  const words = builder.setBolt('split', splitText({ field: 'value', as: 'word' })).shuffleGrouping(lines)
  builder.setBolt('count', redisCounter({ key: settings.key, field: 'word' })).fieldsGrouping(words, 'word')
})
