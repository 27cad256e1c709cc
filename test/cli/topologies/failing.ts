import { bolt, defineTopology, spout } from '../../../src/index.ts'
import { memoryCounter } from './memory-sink.ts'

const endless = spout({ line: 'string' }, function* () {
  for (;;) yield { line: 'x' }
})

const split = bolt({ word: 'string' }, ({ line }: { line: string }) => {
  throw new Error(`on purpose: ${line}`)
})

export default defineTopology('failing', (builder) => {
  const lines = builder.setSpout('lines', endless)
  const words = builder.setBolt('split', split, { retries: 0 }).shuffleGrouping(lines)
  builder.setBolt('count', memoryCounter).fieldsGrouping(words, 'word')
})
