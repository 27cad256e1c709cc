/** Counts the words of topic `sentences` into the Redis hash `words`: word → count. */
import { bolt, defineTopology } from 'millrace'
import { kafkaSpout } from 'millrace/kafka'
import { redisCounter } from 'millrace/redis'

const split = bolt({ word: 'string' }, (tuple: { value: string }, out) => {
  for (const word of tuple.value.split(' ')) if (word !== '') out.emit({ word })
})

export default defineTopology('word-count', (builder) => {
  const sentences = builder.setSpout('sentences', kafkaSpout({ topic: 'sentences', value: 'utf8' }))
  const words = builder.setBolt('split', split).shuffleGrouping(sentences)
  builder.setBolt('count', redisCounter({ key: 'words', field: 'word' })).fieldsGrouping(words, 'word')
})
