/** The word count of `word-count.ts` made of library bolts: no string is made of any word before Redis has it. */
import { defineTopology } from 'millrace'
import { splitText } from 'millrace/bolts'
import { kafkaSpout } from 'millrace/kafka'
import { redisCounter } from 'millrace/redis'

export default defineTopology('word-count-bolts', (builder) => {
  const sentences = builder.setSpout('sentences', kafkaSpout({ topic: 'sentences', value: 'utf8' }))
  const words = builder.setBolt('split', splitText({ field: 'value', as: 'word' })).shuffleGrouping(sentences)
  builder.setBolt('count', redisCounter({ key: 'words', field: 'word' })).fieldsGrouping(words, 'word')
})
