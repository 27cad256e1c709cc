import type { ComparedSlice, Difference } from '../topology/generations.ts'
import { compareScript } from './compare-script.ts'
import { loggedScript } from './generation-scripts.ts'
import type { Script } from './script.ts'
import type { TopologyKeys } from './topology-keys.ts'

type Registry = Pick<TopologyKeys, 'keys' | 'keyLog'>

export interface ComparisonSides {
  /** Names of the results on both sides. */
  readonly registries: readonly [live: Registry, other: Registry]
  /** Of the other side's keys. */
  readonly prefix: string
  /** Fields of hashes that are not compared. */
  readonly volatile: readonly string[]
  call(command: string, args: readonly string[]): Promise<unknown>
  run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown>
}

/** Values that one call looks at: some milliseconds of Redis. */
const budget = 4000
const namesAtOnce = 500
/** Of the log: with up to a thousand names each. */
const entriesAtOnce = 10

type Reply = readonly [done: number, state: string, counted: number, differences: readonly (readonly [string, string | null, string | null, string | null])[]]

/** Walks all results that either side has on record. Nothing may be committed on either side meanwhile. */
export async function* compared(sides: ComparisonSides): AsyncGenerator<ComparedSlice> {
  const seen = new Set<string>()
  for (const registry of sides.registries) {
    for await (const names of registered(sides, registry)) {
      const fresh = Array.from(new Set(names)).filter((name) => !seen.has(name))
      for (const name of fresh) seen.add(name)
      yield* comparedNames(sides, fresh)
    }
  }
}

async function* registered({ call, run }: ComparisonSides, { keys, keyLog }: Registry): AsyncGenerator<readonly string[]> {
  const entries = Number(await call('LLEN', [keyLog]))
  for (let at = 0; at < entries; at += entriesAtOnce) yield (await run(loggedScript, [keyLog], [String(at), String(entriesAtOnce)])) as readonly string[]
  let cursor = '0'
  do {
    const [next, names] = (await call('SSCAN', [keys, cursor, 'COUNT', String(namesAtOnce)])) as readonly [string, readonly string[]]
    yield names
    cursor = next
  } while (cursor !== '0')
}

async function* comparedNames({ prefix, volatile, run }: ComparisonSides, names: readonly string[]): AsyncGenerator<ComparedSlice> {
  let state = ''
  // A page may show a member twice while the server resizes a table.
  const told = new Set<string>()
  for (let done = 0; done < names.length;) {
    const [more, next, counted, found] = (await run(compareScript, [], [prefix, String(budget), state, String(volatile.length), ...volatile, ...names.slice(done, done + namesAtOnce)])) as Reply
    const differences = found.map(difference).filter(({ key, field }) => {
      const name = JSON.stringify([key, field])
      const isNew = !told.has(name)
      told.add(name)
      return isNew
    })
    yield { keys: counted, differences }
    done += more
    state = next
  }
}

function difference([key, field, live, other]: Reply[3][number]): Difference {
  return { key, ...(field === null ? {} : { field }), ...(live === null ? {} : { live }), ...(other === null ? {} : { other }) }
}
