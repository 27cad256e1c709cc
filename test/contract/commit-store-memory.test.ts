import { describe } from 'vitest'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { MemoryStore } from '../../src/testing/memory-store.ts'
import { memorySeal } from '../../src/testing/memory-commit-store.ts'
import { sealing } from './sealing-store.ts'
import { commitStoreContract } from './commit-store.ts'
import { memoryKeyspace } from './memory-keyspace.ts'

describe('the store in memory', () => {
  commitStoreContract(() => {
    const memory = new MemoryStore()
    const clock = new ManualClock()
    return Promise.resolve({ connect: (topology = 'words') => sealing(memory.connect({ topology, fingerprint: 'f', clock }), memorySeal), keyspaces: memoryKeyspace(memory) })
  })
})
