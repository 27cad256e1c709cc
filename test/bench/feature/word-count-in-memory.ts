import { defineTopology } from 'millrace'
import { splitText } from 'millrace/bolts'
import { kafkaSpout } from 'millrace/kafka'
import { redisCounter } from 'millrace/redis'
import type { Sink } from '../../../src/redis/sinks/sink.ts'
import type { TaskContext } from '../../../src/topology/context.ts'
import { CounterTable } from '../../../src/state/counter-table.ts'

/** `topologies/word-count-bolts.ts` with commits of positions alone: results are in memory until the end. */
export default defineTopology('word-count-in-memory', (builder) => {
  const sentences = builder.setSpout('sentences', kafkaSpout({ topic: 'sentences', value: 'utf8' }))
  const words = builder.setBolt('split', splitText({ field: 'value', as: 'word' })).shuffleGrouping(sentences)
  builder.setBolt('count', countInMemory()).fieldsGrouping(words, 'word')
})

function countInMemory(): Sink<{ readonly word: string }> {
  return {
    ...redisCounter({ key: 'words', field: 'word' }),
    createTask({ connections }) {
      const counts = new CounterTable()
      return {
        execute({ word }) {
          const found = counts.find(0, word as string)
          const entry = found < 0 ? counts.add(0, word as string) : found
          counts.sums[entry]! += 1
        },
        executeBatch(batch) {
          const column = batch.column('word')
          if (column?.kind !== 'text') return false
          counts.countEach(0, column)
          return true
        },
        cleanup: () => write(counts, connections),
      }
    },
  }
}

/** For the check of the results. */
async function write(counts: CounterTable, connections: TaskContext['connections']): Promise<void> {
  // Loaded only now, for the others do without it.
  const { Redis } = await import('ioredis')
  const redis = new Redis((connections['redis'] as { readonly url: string }).url)
  const pipeline = redis.pipeline()
  for (let entry = counts.lastOf(0); entry >= 0; entry = counts.earlierOf(entry)) pipeline.hincrby('words', counts.nameOf(entry), counts.sums[entry]!)
  await pipeline.exec()
  redis.disconnect()
}
