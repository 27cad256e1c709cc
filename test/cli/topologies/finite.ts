import { defineTopology, spout } from '../../../src/index.ts'
import { memoryCounter } from './memory-sink.ts'

const words = spout({ word: 'string' }, function* (_, from) {
  for (let n = from; n < 100; n++) yield { word: `w${n % 7}` }
})

export default defineTopology('finite', (builder) => {
  const source = builder.setSpout('words', words)
  builder.setBolt('count', memoryCounter).fieldsGrouping(source, 'word')
})
