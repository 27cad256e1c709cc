import { bolt, defineTopology, spout } from '../../../src/index.ts'
import { memoryCounter } from './memory-sink.ts'

const one = spout({ line: 'string' }, function* (_, from) {
  if (from === 0) yield { line: 'x' }
  for (;;) yield undefined
})

const split = bolt({ word: 'string' }, ({ line }: { line: string }) => {
  console.log(`stuck on ${line}`)
  return new Promise<void>(() => {})
})

export default defineTopology('stuck', (builder) => {
  const lines = builder.setSpout('lines', one)
  const words = builder.setBolt('split', split).shuffleGrouping(lines)
  builder.setBolt('count', memoryCounter).fieldsGrouping(words, 'word')
})
