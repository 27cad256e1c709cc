import { randomIndices } from '../command/random-choice.ts'
import type { Database } from '../keyspace/database.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import { fadedUses } from '../keyspace/use-count.ts'
import type { Value } from '../keyspace/value.ts'
import type { Engine } from './engine.ts'

/** Deletes keys by `maxmemory-policy` until memory suffices; false when it cannot be made to. */
export function makeRoom(engine: Engine): boolean {
  const { keyspace, settings } = engine
  const most = settings.get('maxmemory')
  while (keyspace.usedBytes > most) {
    const victim = choose(engine)
    if (victim === undefined) return false
    keyspace.evict(victim.database, victim.key)
  }
  return true
}

interface Candidate {
  readonly database: Database
  readonly key: string
  /** The least goes first. */
  readonly rank: number
}

/** The best of a few keys of each database. */
function choose({ keyspace, settings }: Engine): Candidate | undefined {
  const [among, by] = settings.get('maxmemory-policy').split('-') as [string, string | undefined]
  if (by === undefined) return undefined
  let best: Candidate | undefined
  for (const database of keyspace.databases) {
    const size = settings.get('maxmemory-samples')
    for (const key of among === 'volatile' ? database.sampleExpiring(size) : randomKeys(database, size)) {
      const value = database.peek(key)
      if (value === undefined) continue
      const rank = rankBy(by, value, keyspace)
      if (best === undefined || rank < best.rank) best = { database, key, rank }
    }
  }
  return best
}

function rankBy(by: string, value: Value, { uptimeS, useCounting }: Keyspace): number {
  switch (by) {
    case 'ttl':
      return Number(value.expiresAtMs ?? Infinity)
    case 'lru':
      return value.usedAtS
    case 'lfu':
      return useCounting === undefined ? value.uses : fadedUses(value.uses, uptimeS - value.usedAtS, useCounting)
    default:
      return 0
  }
}

function randomKeys(database: Database, size: number): readonly string[] {
  return randomIndices(size, database.size).map((slot) => database.atSlot(slot)!)
}
