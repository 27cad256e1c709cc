import { defineTopology, MillraceError, spout } from '../../../src/index.ts'
import { memoryCounter } from './memory-sink.ts'

/** A store that cannot be used. */
export function connect(): unknown {
  return {
    open: () => Promise.reject(new MillraceError('MR_REDIS_EVICTION', 'may evict', { place: { at: 'redis://:CANARY-4711@host' }, remedy: 'set noeviction' })),
    close: () => Promise.resolve(),
  }
}

const words = spout({ word: 'string' }, function* () {
  yield { word: 'x' }
})

export default defineTopology('refused', (builder) => {
  const source = builder.setSpout('words', words)
  builder.setBolt('count', { ...memoryCounter, store: { ...memoryCounter.store!, module: import.meta.url } }).fieldsGrouping(source, 'word')
})
