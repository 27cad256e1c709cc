import { memorySeal } from '../../../src/testing/memory-commit-store.ts'
import { MemoryStore } from '../../../src/testing/memory-store.ts'
import type { BoltDefinition } from '../../../src/topology/bolt.ts'
import type { CommitStore } from '../../../src/topology/commit-store.ts'
import type { ConnectorContext } from '../../../src/topology/connector.ts'

/** Counts words in the memory of the process: a sink that needs no server. */
export const memoryCounter: BoltDefinition<{ readonly word: string }> = {
  role: 'bolt',
  streams: {},
  store: { module: import.meta.url, options: {}, seal: memorySeal },
  createTask: () => ({ execute: (tuple, out) => out.writes.hashAdd('words', tuple['word'] as string, 1) }),
}

export function connect(context: ConnectorContext): CommitStore {
  return new MemoryStore().connect(context)
}
