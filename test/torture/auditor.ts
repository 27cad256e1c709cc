import { Redis } from 'ioredis'
import { differences, Oracle, type Vector, type WrongKey } from './oracle.ts'
import { readResults, type Snapshot } from './read-results.ts'

export interface Finding {
  readonly at: string
  readonly starts: Vector
  readonly vector: Vector
  readonly wrong: readonly WrongKey[]
}

/** Compares all there is in Redis with what it has to be, over and over, at whatever moment that is. */
export class Auditor {
  readonly #topology: string
  /** One for each generation, for they are far apart. */
  readonly #oracles: readonly [Oracle, Oracle]
  readonly #found: (finding: Finding) => void
  /** What was compared. */
  comparisons = 0
  keys = 0
  /** Most fields and members that were compared at once. */
  mostKeys = 0
  /** Redis did not answer. */
  missed = 0
  #running: Promise<void> | undefined
  #stopped = false

  constructor(seed: number, topology: string, found: (finding: Finding) => void) {
    this.#topology = topology
    this.#oracles = [new Oracle(seed, topology), new Oracle(seed, topology)]
    this.#found = found
  }

  /** Once, with what one Redis holds now; answers how far the live results are, or undefined when there was no answer. */
  async look(port: number): Promise<Vector | undefined> {
    const generations = await this.#read(port)
    if (generations === undefined) this.missed++
    for (const [index, generation] of (generations ?? []).entries()) this.#compare(generation, `redis on port ${port}${index === 0 ? '' : ', beside what is live'}`, this.#oracles[index]!)
    return generations?.[0]?.vector
  }

  #compare({ starts, vector, results }: Snapshot, at: string, oracle: Oracle): void {
    const right = oracle.at(starts, vector)
    const wrong = differences(results, right)
    let keys = 0
    for (const fields of right.values()) keys += fields.size
    this.comparisons++
    this.keys += keys
    this.mostKeys = Math.max(this.mostKeys, keys)
    if (wrong.length > 0) this.#found({ at, starts, vector, wrong })
  }

  /** Looks every second, at all of them. */
  start(ports: () => readonly number[]): void {
    this.#running = (async () => {
      while (!this.#stopped) {
        const next = performance.now() + 1000
        for (const port of ports()) await this.look(port)
        await new Promise((resolve) => {
          setTimeout(resolve, Math.max(0, next - performance.now()))
        })
      }
    })()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  /** Undefined while it is down, loading, or not to be reached. */
  async #read(port: number): Promise<readonly Snapshot[] | undefined> {
    const redis = new Redis({ port, host: '127.0.0.1', retryStrategy: () => null, connectTimeout: 2000, commandTimeout: 5000, lazyConnect: true })
    redis.on('error', () => {})
    try {
      await redis.connect()
      return await readResults(redis, this.#topology)
    } catch {
      return undefined
    } finally {
      redis.disconnect()
    }
  }
}
