import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JoinResult, SyncResult } from '../../../../src/embedded/kafka/group/group-messages.ts'
import { GroupPlay, subscription } from './group-play.ts'
import type { Waiting } from './group-play.ts'

/**
 * A client as clients are: it does what the answers tell it, but late, twice, or never. The model of
 * the group is no more than what the clients together have been told.
 */
interface Client {
  readonly instanceId: string | null
  memberId: string
  generation: number
  isLeader: boolean
  isSynced: boolean
  members: readonly string[]
  topic: string
  join: Waiting<JoinResult> | undefined
  sync: Waiting<SyncResult> | undefined
}

const clientCount = 4
const client = fc.nat(clientCount - 1)
const actions = fc.oneof(
  { weight: 14, arbitrary: fc.record({ do: fc.constant('obey' as const), client }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('join' as const, 'sync' as const, 'heartbeat' as const, 'commit' as const), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('leave' as const, 'lose' as const, 'restart' as const, 'resubscribe' as const), client }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.oneof({ weight: 4, arbitrary: fc.nat(2_000) }, { weight: 1, arbitrary: fc.constantFrom(9_999, 20_000, 30_000) }) }) },
)
type Action = typeof actions extends fc.Arbitrary<infer T> ? T : never

class Town {
  readonly play = new GroupPlay()
  readonly clients: Client[] = Array.from({ length: clientCount }, (_, i) => ({
    instanceId: i < 2 ? null : `i${i}`, memberId: '', generation: -1, isLeader: false, isSynced: false, members: [], topic: 't', join: undefined, sync: undefined,
  }))
  /** What the leader of each generation gave to whom. */
  readonly given = new Map<number, ReadonlyMap<string, string>>()
  readonly toldLeader = new Map<number, string>()
  readonly waiting = new Set<Waiting<JoinResult> | Waiting<SyncResult>>()
  #generation = 0

  act(action: Action): void {
    if (action.do === 'pass') this.play.pass(action.ms)
    else if (action.do === 'obey') this.obey(this.clients[action.client]!)
    else this.#move(this.clients[action.client]!, action.do)
    this.play.pass(0)
    this.hear()
    this.check()
  }

  /** What a client does next that follows the answers. */
  obey(client: Client): void {
    const { group } = this.play
    const isMember = client.memberId !== '' && client.generation === group.generation
    if (client.join !== undefined || client.sync !== undefined) return
    if (!isMember || group.state === 'PreparingRebalance') this.#move(client, 'join')
    else this.#move(client, client.isSynced ? 'heartbeat' : 'sync')
  }

  #move(client: Client, what: Exclude<Action['do'], 'pass' | 'obey'>): void {
    const { play } = this
    if (what === 'join') {
      client.join = play.join({
        memberId: client.memberId, instanceId: client.instanceId, takesMemberId: true, clientId: 'p', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 20_000,
        protocols: [{ name: 'range', metadata: subscription(client.topic) }],
      })
      this.waiting.add(client.join)
    } else if (what === 'sync') {
      const assignments = client.isLeader ? Object.fromEntries(client.members.map((id) => [id, `${client.generation}: ${id}`])) : {}
      const wasWaitingFor = play.group.state === 'CompletingRebalance' && play.group.generation === client.generation
      client.sync = play.sync(client.memberId, assignments, client.instanceId, client.generation)
      this.waiting.add(client.sync)
      if (wasWaitingFor && play.group.state === 'Stable') this.given.set(client.generation, new Map(Object.entries(assignments)))
    } else if (what === 'heartbeat') this.#told(client, play.heartbeat(client.memberId, client.instanceId, client.generation))
    else if (what === 'commit') this.#told(client, play.group.checkCommit({ memberId: client.memberId, instanceId: client.instanceId, generation: client.generation }, { isTransactional: false }))
    else if (what === 'leave') {
      play.group.leave([{ memberId: client.memberId, instanceId: client.instanceId }])
      this.#forget(client)
    } else if (what === 'lose') this.#lose(client)
    else if (what === 'restart') {
      this.#lose(client)
      this.#forget(client)
    } else client.topic = client.topic === 't' ? 'u' : 't'
  }

  #told(client: Client, error: string): void {
    const member = this.play.group.members.find(({ id }) => id === client.memberId)
    if (error === 'NONE' && client.generation >= 0) expect([member?.id, client.generation]).toEqual([client.memberId, this.play.group.generation])
    if (error === 'UNKNOWN_MEMBER_ID' && client.generation >= 0) expect(member).toBeUndefined()
    if (error === 'UNKNOWN_MEMBER_ID' || error === 'FENCED_INSTANCE_ID') this.#forget(client)
  }

  #forget(client: Client): void {
    Object.assign(client, { memberId: '', generation: -1, isLeader: false, isSynced: false, members: [] })
  }

  #lose(client: Client): void {
    for (const waiting of [client.join, client.sync]) {
      if (waiting === undefined || waiting.result !== undefined) continue
      this.play.group.giveUp(waiting.parked)
      this.waiting.delete(waiting)
    }
    client.join = client.sync = undefined
  }

  /** Clients read what they were answered. */
  hear(): void {
    for (const client of this.clients) {
      const joined = client.join?.result
      if (joined !== undefined) {
        client.join = undefined
        this.#onJoined(client, joined)
      }
      const synced = client.sync?.result
      if (synced !== undefined) {
        client.sync = undefined
        client.isSynced = synced.error === 'NONE'
        if (synced.error === 'UNKNOWN_MEMBER_ID') this.#forget(client)
      }
    }
    for (const waiting of this.waiting) if (waiting.result !== undefined) this.waiting.delete(waiting)
  }

  #onJoined(client: Client, joined: JoinResult): void {
    if (joined.error === 'UNKNOWN_MEMBER_ID' || joined.error === 'FENCED_INSTANCE_ID') this.#forget(client)
    if (joined.error === 'MEMBER_ID_REQUIRED') client.memberId = joined.memberId
    if (joined.error !== 'NONE') return
    const isLeader = joined.members.length > 0
    Object.assign(client, { memberId: joined.memberId, generation: joined.generation, isLeader, isSynced: false, members: joined.members.map(({ memberId }) => memberId) })
    expect(joined.protocolName).toBe('range')
    if (isLeader) expect(joined.leader).toBe(joined.memberId)
    // A static leader may have come back under another id since the others were told.
    if (!joined.leader.startsWith('p-')) return
    expect(joined.leader).toBe(this.toldLeader.get(joined.generation) ?? joined.leader)
    this.toldLeader.set(joined.generation, joined.leader)
  }

  check(): void {
    const { group, clock } = this.play
    expect(group.generation).toBeGreaterThanOrEqual(this.#generation)
    this.#generation = group.generation
    const members = group.members
    if (group.state === 'Empty') expect(members).toEqual([])
    if (group.state === 'Stable' || group.state === 'CompletingRebalance') {
      expect(members.length).toBeGreaterThan(0)
      expect(members.map(({ id }) => id)).toContain(group.leader)
      expect(members.every(({ join }) => join === undefined)).toBe(true)
    }
    if (group.state === 'Stable') {
      const given = this.given.get(group.generation)!
      for (const { id, instanceId, assignment, sync } of members) {
        expect(sync).toBeUndefined()
        // A static member has taken over what was given to the id it had before.
        if (instanceId === null) expect(String(assignment)).toBe(given.get(id) ?? '')
        else expect(['', ...given.values()]).toContain(String(assignment))
      }
    }
    // Time, if nothing else, will end every wait.
    if (this.waiting.size > 0) expect(group.nextDeadlineMs).toBeLessThanOrEqual(clock.monotonic() + 300_000)
  }
}

test('whatever members do, and leave undone: one generation at a time, everybody with what its leader gave, and nobody waits for ever', () => {
  fc.assert(fc.property(fc.array(actions, { minLength: 60, maxLength: 120 }), (sequence) => {
    const town = new Town()
    for (const action of sequence) town.act(action)
    for (let passed = 0; passed < 700_000 && town.play.group.nextDeadlineMs !== Infinity; passed += 5_000) {
      town.play.pass(5_000)
      town.hear()
      town.check()
    }
    expect(town.waiting.size).toBe(0)
    expect(town.play.group.state).toBe('Empty')
  }), { numRuns: 120 })
})

test('members that do as they are told agree on a generation, whatever happened before', () => {
  fc.assert(fc.property(fc.array(actions, { minLength: 20, maxLength: 60 }), (sequence) => {
    const town = new Town()
    for (const action of sequence) town.act(action)
    const { group } = town.play
    const isSettled = (): boolean => group.state === 'Stable' && group.members.length === clientCount && town.clients.every(({ generation, memberId }) => generation === group.generation && memberId !== '')
    for (let round = 0; round < 120 && !isSettled(); round++) {
      for (let client = 0; client < clientCount; client++) town.act({ do: 'obey', client })
      town.act({ do: 'pass', ms: 500 })
    }
    expect(isSettled()).toBe(true)
  }), { numRuns: 100 })
})
