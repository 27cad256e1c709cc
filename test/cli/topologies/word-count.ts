import { bolt, defineTopology, spout } from '../../../src/index.ts'
import { memoryCounter } from './memory-sink.ts'

const endless = spout({ line: 'string' }, function* (_, from) {
  for (let n = from; n < 1000; n++) yield { line: `the whale ${n}` }
  for (;;) yield undefined
})

const split = bolt({ word: 'string' }, ({ line }: { line: string }, out) => {
  console.log(line)
  for (const word of line.split(' ')) out.emit({ word })
})

export default defineTopology('word-count', (builder) => {
  const lines = builder.setSpout('lines', endless)
  const words = builder.setBolt('split', split).shuffleGrouping(lines)
  builder.setBolt('count', memoryCounter, { parallelism: 1 }).fieldsGrouping(words, 'word')
})
