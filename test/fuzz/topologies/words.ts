import { bolt, defineTopology } from 'millrace'
import { kafkaSpout } from 'millrace/kafka'
import { redisCounter } from 'millrace/redis'
import { settings, givingUp } from './settings.ts'

const split = bolt({ word: 'string' }, (tuple: { value: string }, out) => {
  for (const word of tuple.value.split(' ')) if (word !== '') out.emit({ word })
})

export default defineTopology(settings.name, (builder) => {
  const lines = builder.setSpout('records', kafkaSpout({ topic: settings.topic, value: 'utf8', fetch: settings.fetch }), givingUp)
  const words = builder.setBolt('read', split, givingUp).shuffleGrouping(lines)
  builder.setBolt('words', redisCounter({ key: 'words', field: 'word' }), givingUp).fieldsGrouping(words, 'word')
})
