import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Outcome, Producer } from '../../../../src/embedded/kafka/transaction/transaction.ts'
import { Play } from './transaction-play.ts'

const partitions = [0, 1, 2]
const ids = ['a', 'b'] as const

/** What one transaction did, as its producer knows it. */
interface Attempt {
  /** By partition. */
  readonly records: [partition: number, record: string][]
  offset: number | undefined
  outcome: Outcome | 'open' | 'unknown'
}

interface Client {
  readonly transactionalId: string
  readonly producer: Producer
  current: Attempt | undefined
}

/** Producers that obey their answers as Kafka's own do, on a broker that is killed now and then. */
class Run {
  readonly attempts: Attempt[] = []
  readonly play: Play
  /** Also those that were fenced and do not know it yet. */
  #clients: Client[] = []
  #records = 0

  constructor(play: Play) {
    this.play = play
  }

  client(at: number): Client | undefined {
    return this.#clients.length === 0 ? undefined : this.#clients[at % this.#clients.length]
  }

  async begin(transactionalId: string): Promise<void> {
    const producer = await this.play.producer(transactionalId)
    this.#clients.push({ transactionalId, producer, current: undefined })
  }

  async write(client: Client, partition: number): Promise<void> {
    const { transactionalId, producer } = client
    const attempt = this.#attemptOf(client)
    const [added] = await this.play.add(transactionalId, producer, 'out', [partition])
    if (added !== 'NONE') return this.#drop(client)
    const record = `r${++this.#records}`
    if (this.play.produce(transactionalId, producer, 'out', partition, record) === 'NONE') attempt.records.push([partition, record])
    else this.#drop(client)
  }

  async commitOffset(client: Client): Promise<void> {
    const { transactionalId, producer } = client
    const attempt = this.#attemptOf(client)
    const offset = ++this.#records
    if (await this.play.addGroup(transactionalId, producer, `g${transactionalId}`) !== 'NONE') return this.#drop(client)
    if (await this.play.commitOffset(transactionalId, producer, `g${transactionalId}`, offset) === 'NONE') attempt.offset = offset
    else this.#drop(client)
  }

  async end(client: Client, outcome: Outcome): Promise<void> {
    const { current } = client
    if (current === undefined) return
    const answer = await this.play.end(client.transactionalId, client.producer, outcome)
    if (answer === 'NONE') current.outcome = outcome
    else this.#drop(client)
    client.current = undefined
  }

  /** The broker is killed when the end has come as far as `markers` markers. */
  async endKilled(client: Client, outcome: Outcome, markers: number): Promise<void> {
    const { current } = client
    if (current === undefined) return
    let written = 0
    let reached!: () => void
    const killed = new Promise<void>((resolve) => {
      reached = resolve
    })
    for (const partition of partitions) {
      this.play.log('out', partition).beforeMarker = () => {
        if (written++ < markers) return Promise.resolve()
        reached()
        return new Promise(() => {})
      }
    }
    const ended = this.end(client, outcome)
    await Promise.race([killed, ended])
    if (current.outcome === 'open') current.outcome = outcome === 'abort' ? 'abort' : 'unknown'
    client.current = undefined
    await this.kill()
  }

  /** While the end is on its way to the disk. */
  async endKilledEarly(client: Client, turns: number): Promise<void> {
    const { current } = client
    if (current === undefined) return
    void this.end(client, 'commit')
    for (let i = 0; i < turns; i++) await new Promise(setImmediate)
    if (current.outcome === 'open') current.outcome = 'unknown'
    client.current = undefined
    await this.kill()
  }

  async kill(): Promise<void> {
    for (const partition of partitions) this.play.log('out', partition).beforeMarker = () => Promise.resolve()
    await this.play.killAndStart()
  }

  /** All that is open is over; then what readers see is what the producers know. */
  async check(): Promise<void> {
    await this.play.advance(200_000)
    const seen = new Set(partitions.flatMap((partition) => this.play.log('out', partition).committed().map((record) => `${partition} ${record}`)))
    let count = 0
    for (const { records, outcome } of this.attempts) {
      const shown = records.filter(([partition, record]) => seen.has(`${partition} ${record}`)).length
      count += shown
      if (outcome === 'commit') expect(shown).toBe(records.length)
      else if (outcome === 'unknown') expect([0, records.length]).toContain(shown)
      else expect(shown).toBe(0)
    }
    expect(count).toBe(seen.size)
    for (const partition of partitions) expect(this.play.log('out', partition).isStable).toBe(true)
    this.#checkOffsets(seen)
    expect(this.play.groups.pending.size).toBe(0)
  }

  /** The last offset that was committed, where records tell whether those in doubt were. */
  #checkOffsets(seen: ReadonlySet<string>): void {
    for (const id of ids) {
      const offset = this.play.groups.committed.get(`g${id} in-0`)
      if (offset === undefined) continue
      const attempt = this.attempts.find((each) => each.offset === offset)!
      expect(['commit', 'unknown']).toContain(attempt.outcome)
      for (const [partition, record] of attempt.records) expect(seen.has(`${partition} ${record}`)).toBe(true)
    }
  }

  #attemptOf(client: Client): Attempt {
    if (client.current === undefined) this.attempts.push(client.current = { records: [], offset: undefined, outcome: 'open' })
    return client.current
  }

  /** It was told that it cannot go on. */
  #drop(client: Client): void {
    this.#clients = this.#clients.filter((each) => each !== client)
  }
}

const who = fc.nat({ max: 5 })
const outcome = fc.constantFrom<Outcome>('commit', 'abort')
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('begin' as const), id: fc.constantFrom(...ids) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('write' as const), who, partition: fc.constantFrom(...partitions) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('offset' as const), who }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('end' as const), who, outcome }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('endKilled' as const), who, outcome, markers: fc.nat({ max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('endKilledEarly' as const), who, turns: fc.nat({ max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('broker' as const), ends: fc.constantFrom('kill' as const, 'restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(5000, 30_000, 70_000) }) },
)

it('readers of committed records see each transaction whole or not at all, whatever producers do and whenever the broker is killed', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
    const play = await Play.open()
    for (const partition of partitions) play.log('out', partition)
    const run = new Run(play)
    await run.begin('a')
    for (const each of steps) {
      const client = 'who' in each ? run.client(each.who) : undefined
      if (each.kind === 'begin') await run.begin(each.id)
      else if (each.kind === 'broker') await (each.ends === 'kill' ? run.kill() : play.restart())
      else if (each.kind === 'wait') await play.advance(each.ms)
      else if (client === undefined) continue
      else if (each.kind === 'write') await run.write(client, each.partition)
      else if (each.kind === 'offset') await run.commitOffset(client)
      else if (each.kind === 'end') await run.end(client, each.outcome)
      else if (each.kind === 'endKilled') await run.endKilled(client, each.outcome, each.markers)
      else await run.endKilledEarly(client, each.turns)
    }
    await run.check()
  }), { numRuns: 200 })
})
