import { existsSync, writeFileSync } from 'node:fs'
import { bolt, defineTopology } from 'millrace'
import { kafkaSpout } from 'millrace/kafka'
import { redisCounter } from 'millrace/redis'
import { settings } from './settings.ts'

/** The word count whose worker ends itself in the middle of its work, once. */
let seen = 0
const split = bolt({ word: 'string' }, (tuple: { value: string }, out) => {
  if (++seen === 5000 && !existsSync(settings.flag)) {
    writeFileSync(settings.flag, '')
    process.exit(7)
  }
  for (const word of tuple.value.split(' ')) if (word !== '') out.emit({ word })
})

export default defineTopology(settings.name, (builder) => {
  const lines = builder.setSpout('lines', kafkaSpout({ topic: settings.topic, value: 'utf8' }))
  const words = builder.setBolt('split', split).shuffleGrouping(lines)
  builder.setBolt('count', redisCounter({ key: settings.key, field: 'word' })).fieldsGrouping(words, 'word')
})
