import { once } from 'node:events'
import { connect } from 'node:net'
import { defineTopology } from 'millrace'
import { splitText } from 'millrace/bolts'
import { kafkaSpout } from 'millrace/kafka'
import { redisCounter } from 'millrace/redis'
import type { Sink } from '../../../src/redis/sinks/sink.ts'
import { CounterTable } from '../../../src/state/counter-table.ts'
import type { TaskContext } from '../../../src/topology/context.ts'

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

/** For the check of the results: as lines of text, which costs next to nothing beside what is measured. */
async function write(counts: CounterTable, connections: TaskContext['connections']): Promise<void> {
  const { hostname, port } = new URL((connections['redis'] as { readonly url: string }).url)
  const socket = connect(Number(port), hostname).resume()
  socket.cork()
  for (let entry = counts.lastOf(0); entry >= 0; entry = counts.earlierOf(entry)) socket.write(`HINCRBY words ${counts.nameOf(entry)} ${counts.sums[entry]!}\r\n`)
  socket.uncork()
  socket.end('QUIT\r\n')
  await once(socket, 'close')
}
