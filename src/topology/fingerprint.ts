import { createHash } from 'node:crypto'
import type { ConnectorRef } from './connector.ts'
import type { ComponentDescription } from './topology.ts'

/**
 * What makes a topology this one and no other: ids, streams, subscriptions, sources and stores. Not
 * parallelism and other options, which may change between runs, nor where millrace is installed.
 */
export function fingerprint(name: string, components: readonly ComponentDescription[]): string {
  const structure = components.map(({ kind, id, streams, inputs, source, store }) => ({
    kind,
    id,
    streams: Object.entries(streams).map(([stream, fields]) => [stream, Object.entries(fields)]),
    inputs,
    source: connector(source),
    store: connector(store),
  }))
  return createHash('sha256').update(canonicalJson({ name, structure })).digest('hex').slice(0, 32)
}

function connector(ref: ConnectorRef | undefined): unknown {
  return ref === undefined ? undefined : { module: ref.module.split('/').slice(-2).join('/').replace(/\.[jt]s$/, ''), options: ref.options }
}

/** JSON with the keys of objects in order, so that equal data is equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    if (part instanceof Map || part instanceof Set) return [...part]
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
