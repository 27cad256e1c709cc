import { bolt } from '../../src/topology/bolt-definition.ts'
import type { ConnectorRef } from '../../src/topology/connector.ts'
import { spout } from '../../src/topology/spout-definition.ts'

export const memoryStore: ConnectorRef = { module: 'file:///somewhere/memory/store.ts', options: {} }

/** A sink that reads `word`. */
export const sink = { ...bolt({}, (_tuple: { word: unknown }) => {}), reads: ['word'], store: memoryStore }

export const lines = spout({ value: 'string' }, () => [])

export const split = bolt({ word: 'string' }, (tuple: { value: string }, out) => {
  for (const word of tuple.value.split(' ')) out.emit({ word })
})
