import * as v from 'valibot'
import { MillraceError } from '../errors.ts'
import type { KeyType } from '../state/write-set.ts'
import type { Seal } from '../topology/commit-store.ts'
import type { ConnectorContext, ConnectorRef } from '../topology/connector.ts'
import type { TopologyDescription } from '../topology/topology.ts'
import { sealWrites } from './sealed-writes.ts'

/** A result key known before the first tuple, so that it can be checked at the start. */
export interface ResultKey {
  readonly key: string
  /** Absent when the sink may write anything to it. */
  readonly type?: KeyType | undefined
}

/** Redis's names of the types, as TYPE answers them. */
export const redisTypes: Readonly<Record<KeyType, string>> = {
  hash: 'hash',
  set: 'set',
  'sorted-set': 'zset',
  'hyper-log-log': 'string',
  string: 'string',
  list: 'list',
  stream: 'stream',
}

const keyTypes = Object.keys(redisTypes) as [KeyType, ...KeyType[]]
const schema = v.object({ volatile: v.optional(v.array(v.string()), []), keys: v.array(v.object({ key: v.string(), type: v.optional(v.picklist(keyTypes)) })) })

const storeModule = new URL(`./redis-commit-store${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url).href

/** What a sink names as its store: the main-thread half beside this file, `.ts` here and `.js` when built, and how to pack for it. */
export function storeRef(keys: readonly ResultKey[], volatile: readonly string[] = []): ConnectorRef & { readonly seal: Seal } {
  return { module: storeModule, options: { keys, volatile }, seal: sealWrites }
}

export function writesToRedis({ components }: TopologyDescription): boolean {
  return components.some(({ store }) => store?.module === storeModule)
}

/** Fields of hashes that are not the same whenever they are written. */
export function volatileFields(components: ConnectorContext['components']): readonly string[] {
  return Array.from(new Set(components.flatMap(({ options }) => v.parse(schema, options).volatile)))
}

/** The keys of all sinks, each once. Throws when two sinks disagree about one. */
export function resultKeys(components: ConnectorContext['components']): readonly ResultKey[] {
  const found = new Map<string, ResultKey & { readonly component: string }>()
  for (const { component, options } of components) {
    for (const { key, type } of v.parse(schema, options).keys) {
      const other = found.get(key)
      if (other?.type !== undefined && type !== undefined && other.type !== type) {
        throw new MillraceError('MR_REDIS_BADTYPE', `${other.component} writes key ${key} as ${other.type}, ${component} as ${type}`, {
          place: { component, at: `key ${key}` },
          remedy: 'give each result its own key',
        })
      }
      found.set(key, { key, type: type ?? other?.type, component })
    }
  }
  return Array.from(found.values())
}
