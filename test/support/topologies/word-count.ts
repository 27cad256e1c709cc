import { bolt, defineTopology } from 'millrace'
import { kafkaSpout } from 'millrace/kafka'
import { redisCounter } from 'millrace/redis'
import { settings } from './settings.ts'

/** The word count with names of the test's own. */
const split = bolt({ word: 'string' }, (tuple: { value: string }, out) => {
  for (const word of tuple.value.split(' ')) if (word !== '') out.emit({ word })
})

export default defineTopology(settings.name, (builder) => {
  const lines = builder.setSpout('lines', kafkaSpout({ topic: settings.topic, value: 'utf8' }), { onError: settings.onError })
  const words = builder.setBolt('split', split).shuffleGrouping(lines)
  builder.setBolt('count', redisCounter({ key: settings.key, field: 'word' })).fieldsGrouping(words, 'word')
})
