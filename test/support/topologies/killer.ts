import { bolt, defineTopology } from 'millrace'
import { kafkaSpout } from 'millrace/kafka'
import { redisCounter } from 'millrace/redis'
import { settings } from './settings.ts'

/** The word count in which the words EXIT, MEMORY and LOOP end the worker that splits them. */
const hoard: unknown[] = []
const split = bolt({ word: 'string' }, (tuple: { value: string }, out) => {
  const words = tuple.value.split(' ')
  if (words.includes('EXIT')) process.exit(3)
  while (words.includes('MEMORY')) hoard.push('x'.repeat(1_000_000).split(''))
  while (words.includes('LOOP'));
  for (const word of words) if (word !== '') out.emit({ word })
})

export default defineTopology(settings.name, (builder) => {
  const lines = builder.setSpout('lines', kafkaSpout({ topic: settings.topic, value: 'utf8' }), { onError: settings.onError })
  const words = builder.setBolt('split', split).shuffleGrouping(lines)
  builder.setBolt('count', redisCounter({ key: settings.key, field: 'word' })).fieldsGrouping(words, 'word')
})
