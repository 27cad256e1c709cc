import { defineTopology } from 'millrace'
import { splitText } from 'millrace/bolts'
import { kafkaSpout } from 'millrace/kafka'
import { redisCounter } from 'millrace/redis'

/** `topologies/word-count-bolts.ts` without a look at the checksums of batches. */
export default defineTopology('word-count-unchecked', (builder) => {
  const sentences = builder.setSpout('sentences', kafkaSpout({ topic: 'sentences', value: 'utf8', fetch: { checkCrcs: false } }))
  const words = builder.setBolt('split', splitText({ field: 'value', as: 'word' })).shuffleGrouping(sentences)
  builder.setBolt('count', redisCounter({ key: 'words', field: 'word' })).fieldsGrouping(words, 'word')
})
