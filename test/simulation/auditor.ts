import { topologyKeys } from '../../src/redis/topology-keys.ts'
import type { SimulatedRecord } from './log-model.ts'
import type { RedisModel } from './redis-model.ts'
import { results, topologyName, type Shape } from './topologies.ts'
import { rareMark } from './log-model.ts'
import { Violation } from './violation.ts'
import type { World } from './world.ts'

interface Position {
  readonly next: number
  readonly owner: string
  readonly commit: string
}

/** What somebody else writes into a field to make an increment of it fail. */
export const trap = 'no number'

/**
 * Holds the results in Redis against the records below the stored positions, after every change of Redis:
 * the counts of all words, the records of each partition, and the fields and list items that each has its own of.
 */
export class Auditor {
  readonly #world: World
  readonly #redis: RedisModel
  readonly #shape: Shape
  readonly #keys = topologyKeys(topologyName, 'live')
  #positions = new Map<string, Position>()
  /** The last commit of each partition since Redis was last set back. */
  readonly #committed = new Map<string, string>()
  readonly #words = new Map<string, number>()
  readonly #records = new Map<string, number>()
  readonly #rare = new Map<string, number>()
  #listed = 0

  constructor(world: World, redis: RedisModel, shape: Shape) {
    this.#world = world
    this.#redis = redis
    this.#shape = shape
  }

  /** Stored positions by partition. */
  get positions(): ReadonlyMap<string, { readonly next: number }> {
    return this.#positions
  }

  /** The first offset that somebody may have to read again. */
  needed(partition: string): number {
    return Math.min(this.#positions.get(partition)?.next ?? 0, this.#world.redis.olderPosition(partition))
  }

  /** After a command of `by`. */
  changed(by: string): void {
    const before = this.#positions
    this.#positions = this.#stored()
    let moved = false
    for (const [partition, { next, owner, commit }] of this.#positions) {
      const old = before.get(partition)
      if (old === undefined) {
        if (next !== 0) throw new Violation(`${partition} was deployed at ${next} by ${by}`)
        this.#world.redis.forgetOlder()
        continue
      }
      if (commit !== old.commit) {
        moved = true
        this.#committed.set(partition, commit)
        if (owner !== old.owner) throw new Violation(`${by} has committed ${partition}, which ${old.owner} owns, as ${owner}`)
      } else if (next !== old.next) throw new Violation(`${by} has moved ${partition} from ${old.next} to ${next} without a commit`)
      this.#count(partition, old.next, next)
    }
    if (moved) {
      this.#world.hit('commit')
      this.#world.note(`${by} has committed ${this.#text()}`)
    }
    this.#compare(by)
  }

  /** A commit was refused for its positions. That of their owner: somebody else must have moved them, or an older state. */
  mismatched(by: string, partition: string): void {
    const { commit, owner } = this.#positions.get(partition)!
    if (!owner.startsWith(`${by}.`)) return
    if (commit === this.#committed.get(partition) && commit.startsWith(`${owner}:`)) throw new Violation(`${by} is refused what follows its own commit ${commit} of ${partition}`)
  }

  /** Redis has another state than before, of its own. */
  restarted(): void {
    const before = this.#positions
    this.#positions = this.#stored()
    for (const [partition, { next }] of before) {
      const now = this.#positions.get(partition)
      if (now === undefined) throw new Error(`${partition} is not in the older state`)
      if (now.next < next) {
        this.#world.hit('records rolled back')
        this.#committed.clear()
      }
      this.#count(partition, next, now.next)
    }
    this.#compare('a restart')
  }

  /** All of it, the list item by item. */
  complete(): void {
    this.#compare('everybody')
    if (!this.#shape.listed) return
    const expected = [...this.#positions].flatMap(([partition, { next }]) => this.#world.kafka.log(partition).offsets(next).map((offset) => `${partition.slice(partition.indexOf('/') + 1)}@${offset}`))
    const found = this.#redis.list(results.log)
    if (found.toSorted().join() !== expected.toSorted().join()) throw new Violation('the list does not hold each record once')
  }

  #stored(): Map<string, Position> {
    const positions = new Map<string, Position>()
    for (const [partition, text] of this.#redis.hash(this.#keys.offsets)) {
      const [next = '', owner = '', commit = ''] = text.split('|')
      positions.set(partition, { next: Number(next), owner, commit })
    }
    return positions
  }

  #count(partition: string, from: number, to: number): void {
    const log = this.#world.kafka.log(partition)
    for (let offset = from; offset < to; offset++) this.#add(log.partition, offset, log.record(offset), 1)
    for (let offset = to; offset < from; offset++) this.#add(log.partition, offset, log.record(offset), -1)
  }

  #add(partition: number, offset: number, record: SimulatedRecord | undefined, n: 1 | -1): void {
    if (record === undefined) return
    for (const word of record.words) add(this.#words, Buffer.from(word).toString('latin1'), n)
    add(this.#records, String(partition), n)
    if (record.rare) {
      add(this.#rare, `${partition}@${offset}`, n)
      add(this.#words, rareMark, n)
    }
    this.#listed += n
  }

  #compare(by: string): void {
    this.#compareHash(results.words, this.#words, by)
    this.#compareHash(results.records, this.#records, by)
    this.#compareHash(results.rare, this.#rare, by)
    this.#compareFates(by)
    const size = this.#redis.listSize(results.log)
    if (this.#shape.listed && size !== this.#listed) throw new Violation(`${results.log} has ${size} items after ${by}, and there are ${this.#listed} records at ${this.#text()}`)
  }

  /** They add up to the positions, and say of each offset what it is. */
  #compareFates(by: string): void {
    for (const [partition, text] of this.#redis.hash(this.#keys.fates)) {
      const next = this.#positions.get(partition)?.next ?? 0
      const counted = this.#world.kafka.log(partition).offsets(next).length
      const wanted = `counted ${counted} skipped 0 dead-lettered 0 gaps ${next - counted} from 0`
      if (text !== wanted) throw new Violation(`of ${partition} is said after ${by}: ${text}; it should be ${wanted}`)
    }
  }

  #compareHash(key: string, expected: ReadonlyMap<string, number>, by: string): void {
    let fields = 0
    for (const [field, text] of this.#redis.hash(key)) {
      if (text === trap) continue
      fields++
      const wanted = expected.get(field) ?? 0
      if (Number(text) !== wanted) throw new Violation(`${key} ${field} is ${text} after ${by}, and ${wanted} at ${this.#text()}`)
    }
    if (fields !== expected.size) throw new Violation(`${key} has ${fields} fields after ${by}, and there are ${expected.size} at ${this.#text()}`)
  }

  #text(): string {
    return [...this.#positions].map(([partition, { next, owner }]) => `${partition}@${next} of ${owner}`).join(', ')
  }
}

function add(to: Map<string, number>, key: string, n: number): void {
  const sum = (to.get(key) ?? 0) + n
  if (sum === 0) to.delete(key)
  else to.set(key, sum)
}
