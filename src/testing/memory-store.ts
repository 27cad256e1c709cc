import type { Clock } from '../base/clock.ts'
import { systemClock } from '../base/clock.ts'
import type { CommitStore, StoredFates } from '../topology/commit-store.ts'
import type { ConnectorContext } from '../topology/connector.ts'
import { MemoryCommitStore, type TopologyPositions } from './memory-commit-store.ts'
import type { StoredValue } from './stored-value.ts'

/**
 * Results and positions in memory, with the same answers as the store in Redis. Several topologies,
 * and several processes of one, may connect to it; it outlives them, as Redis does.
 */
export class MemoryStore {
  readonly #values = new Map<string, StoredValue>()
  readonly #topologies = new Map<string, TopologyPositions>()
  #clock: Clock = systemClock

  /** Main-thread half for a topology, in the place of the module its sinks name. */
  connect(context: Pick<ConnectorContext, 'topology' | 'fingerprint' | 'clock'>): CommitStore {
    this.#clock = context.clock
    return new MemoryCommitStore(this.#values, this.#topology(context.topology), context)
  }

  /** Remembers what it holds; call the answer to fall back to that, as a Redis does that has lost its last writes. */
  keep(): () => void {
    const values = structuredClone(this.#values)
    const topologies = structuredClone(this.#topologies)
    return () => {
      refill(this.#values, values)
      for (const [name, positions] of this.#topologies) {
        const kept = topologies.get(name)
        for (const hash of ['entries', 'starts', 'fates'] as const) refill<string, unknown>(positions[hash], kept?.[hash] ?? [])
        positions.dead.clear()
        for (const record of kept?.dead ?? []) positions.dead.add(record)
      }
    }
  }

  /** Makes every further commit of the topology answer SEALED. */
  seal(topology: string): void {
    this.#topology(topology).sealed = true
  }

  /** What became of the records of each partition of a topology, and where each stands. */
  fates(topology: string): readonly (StoredFates & { readonly next: number })[] {
    const { entries, fates } = this.#topology(topology)
    return Array.from(fates.values(), (of) => ({ ...of, next: entries.get(of.partition)!.next }))
  }

  /** `partition@offset` of every record of the topology that was dead-lettered. */
  deadLettered(topology: string): ReadonlySet<string> {
    return this.#topology(topology).dead
  }

  /** Keys that hold something, sorted. */
  keys(): readonly string[] {
    return Array.from(this.#values.keys()).filter((key) => this.#live(key) !== undefined).sort()
  }

  /** What the key holds, or undefined. */
  value(key: string): StoredValue | undefined {
    return this.#live(key)
  }

  /** Fields and values of a hash; counters are decimal text, as in Redis. Empty when there is none. */
  hash(key: string): ReadonlyMap<string, string> {
    const value = this.#live(key)
    return value?.type === 'hash' ? value.fields : new Map()
  }

  set(key: string): ReadonlySet<string> {
    const value = this.#live(key)
    return value?.type === 'set' ? value.members : new Set()
  }

  /** Member → score. */
  sortedSet(key: string): ReadonlyMap<string, number> {
    const value = this.#live(key)
    return value?.type === 'sorted-set' ? value.scores : new Map()
  }

  /** Distinct elements, exactly; Redis estimates. */
  hyperLogLog(key: string): number {
    const value = this.#live(key)
    return value?.type === 'hyper-log-log' ? value.elements.size : 0
  }

  string(key: string): string | undefined {
    const value = this.#live(key)
    return value?.type === 'string' ? value.text : undefined
  }

  /** From head to tail. */
  list(key: string): readonly string[] {
    const value = this.#live(key)
    return value?.type === 'list' ? value.items : []
  }

  /** Entries as field, value, field, value …; without ids. */
  stream(key: string): readonly (readonly string[])[] {
    const value = this.#live(key)
    return value?.type === 'stream' ? value.entries : []
  }

  /** Puts a value there as another program would; undefined removes it. */
  put(key: string, value: StoredValue | undefined): void {
    if (value === undefined) this.#values.delete(key)
    else this.#values.set(key, value)
  }

  #live(key: string): StoredValue | undefined {
    const value = this.#values.get(key)
    return value?.expiresAtMs !== undefined && value.expiresAtMs <= this.#clock.now() ? undefined : value
  }

  #topology(name: string): TopologyPositions {
    let positions = this.#topologies.get(name)
    if (positions === undefined) {
      positions = { fingerprint: undefined, sealed: false, entries: new Map(), starts: new Map(), fates: new Map(), dead: new Set() }
      this.#topologies.set(name, positions)
    }
    return positions
  }
}

function refill<K, V>(map: Map<K, V>, entries: Iterable<readonly [K, V]>): void {
  map.clear()
  for (const [key, value] of entries) map.set(key, value)
}
