import { bolt } from '../../src/topology/bolt-definition.ts'
import { memorySeal } from '../../src/testing/memory-commit-store.ts'
import { spout } from '../../src/topology/spout-definition.ts'

export const memoryStore = { module: 'file:///somewhere/memory/store.ts', options: {}, seal: memorySeal }

/** A sink that reads `word`. */
export const sink = { ...bolt({}, (_tuple: { word: unknown }) => {}), reads: ['word'], store: memoryStore }

export const lines = spout({ value: 'string' }, () => [])

export const split = bolt({ word: 'string' }, (tuple: { value: string }, out) => {
  for (const word of tuple.value.split(' ')) out.emit({ word })
})
