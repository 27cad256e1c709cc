import type { MemoryStore } from '../../src/testing/memory-store.ts'
import type { StoredValue } from '../../src/testing/stored-value.ts'
import type { Keyspaces } from './keyspace.ts'

export function memoryKeyspace(store: MemoryStore): Keyspaces {
  return {
    dump: () => Promise.resolve(Object.fromEntries(store.keys().map((key) => [key, shown(store.value(key)!)]))),
    putHash: (key, fields) => Promise.resolve(store.put(key, { type: 'hash', fields: new Map(Object.entries(fields)) })),
    putSet: (key, member) => Promise.resolve(store.put(key, { type: 'set', members: new Set([member]) })),
    putString: (key, text) => Promise.resolve(store.put(key, { type: 'string', text })),
    seal: (topology) => Promise.resolve(store.seal(topology)),
  }
}

function shown(value: StoredValue): unknown {
  const expires = value.expiresAtMs ?? -1
  switch (value.type) {
    case 'hash':
      return { fields: Object.fromEntries(value.fields), expires }
    case 'set':
      return { members: Array.from(value.members).sort(), expires }
    case 'sorted-set':
      return { scores: Object.fromEntries(value.scores), expires }
    case 'hyper-log-log':
      return { distinct: value.elements.size, expires }
    case 'string':
      return { text: value.text, expires }
    case 'list':
      return { items: value.items, expires }
    case 'stream':
      return { entries: value.entries, expires }
    default:
      throw new Error('a type of value that nobody writes')
  }
}
