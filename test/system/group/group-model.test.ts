import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JoinResult, MemberClaim, SyncResult } from '../../../src/embedded/kafka/group/group-messages.ts'
import { describeGroups } from '../../../src/wire/api/describe-groups.ts'
import { heartbeat } from '../../../src/wire/api/heartbeat.ts'
import { joinGroup } from '../../../src/wire/api/join-group.ts'
import { leaveGroup } from '../../../src/wire/api/leave-group.ts'
import { offsetCommit } from '../../../src/wire/api/offset-commit.ts'
import { syncGroup } from '../../../src/wire/api/sync-group.ts'
import { GroupPlay, subscription } from '../../embedded/kafka/group/group-play.ts'
import type { Waiting } from '../../embedded/kafka/group/group-play.ts'
import { KafkaPeer } from '../../support/kafka-peer.ts'
import type { Asked } from '../../support/kafka-peer.ts'
import { startKafka } from '../../support/kafka-server.ts'
import type { KafkaServer } from '../../support/kafka-server.ts'
import { createTopic } from '../../support/topics.ts'
import { nameOf } from './group-talk.ts'

const topic = 'group-model'
const clientCount = 3
const sessionMs = 120_000
const rebalanceMs = 120_000
const client = fc.nat(clientCount - 1)
const actions = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('obey' as const), client, version: fc.integer({ min: 0, max: 7 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('join' as const, 'sync' as const, 'heartbeat' as const, 'commit' as const), client, version: fc.integer({ min: 0, max: 7 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('leave' as const, 'lose' as const, 'restart' as const, 'resubscribe' as const), client, version: fc.integer({ min: 0, max: 7 }) }) },
)
type Action = typeof actions extends fc.Arbitrary<infer T> ? T : never

interface Client {
  readonly instanceId: string | null
  /** As the model calls it. */
  memberId: string
  generation: number
  isSynced: boolean
  topic: string
  waiting: Waiting<JoinResult> | Waiting<SyncResult> | undefined
}

/** What the model has answered or will answer, and what the broker was asked for it. */
interface Outstanding {
  readonly client: Client
  readonly waiting: Waiting<JoinResult> | Waiting<SyncResult>
  readonly asked: Asked<unknown>
  /** The broker's answer, told in the model's names for member ids once all are known. */
  readonly told: () => Promise<() => unknown>
}

/** Plays the same to our state machine and to a broker: what the one answers at once, and what it parks, the other must too. */
class Mirror {
  readonly #peer: KafkaPeer
  readonly #groupId: string
  readonly #play = new GroupPlay()
  readonly #realIds = new Map<string, string>([['', '']])
  #outstanding: Outstanding[] = []
  readonly clients: Client[] = Array.from({ length: clientCount }, (_, i) => ({ instanceId: i === 0 ? 'i0' : null, memberId: '', generation: -1, isSynced: false, topic, waiting: undefined }))

  constructor(peer: KafkaPeer, groupId: string) {
    this.#peer = peer
    this.#groupId = groupId
  }

  async act({ do: what, client: i, version }: Action): Promise<void> {
    const player = this.clients[i]!
    if (what === 'obey') await this.#obey(player, version)
    else if (what === 'join') this.#join(player, version)
    else if (what === 'sync') this.#sync(player)
    else if (what === 'heartbeat') await this.#heartbeat(player)
    else if (what === 'commit') await this.#commit(player)
    else if (what === 'leave') await this.#leave(player)
    else if (what === 'lose') this.#lose(player)
    else if (what === 'resubscribe') player.topic = player.topic === topic ? 'other' : topic
    // A dynamic member that forgets who it is would be waited for by all others.
    else if (player.instanceId !== null) this.#forget(player)
    this.#play.pass(0)
    await this.#compare()
    await this.#untilRead()
  }

  async end(): Promise<void> {
    let answered = 0
    for (const { asked } of this.#outstanding) void asked.answer.then(() => answered++)
    const { groups } = await this.#peer.ask(describeGroups, 5, { groups: [this.#groupId] }).answer
    const { group } = this.#play
    if (group.members.length > 0) {
      expect(groups[0]!.groupState).toBe(group.state)
      expect(groups[0]!.members).toHaveLength(group.members.length)
    }
    expect(answered).toBe(0)
    for (const { asked } of this.#outstanding) asked.hangUp()
  }

  async #obey(player: Client, version: number): Promise<void> {
    const { group } = this.#play
    if (player.waiting !== undefined) return
    if (player.memberId === '' || player.generation !== group.generation || group.state === 'PreparingRebalance') this.#join(player, version)
    else if (!player.isSynced) this.#sync(player)
    else await this.#heartbeat(player)
  }

  #join(player: Client, anyVersion: number): void {
    if (player.waiting !== undefined) return
    const version = player.instanceId === null ? anyVersion : Math.max(5, anyVersion)
    const protocols = [{ name: 'range', metadata: subscription(player.topic) }]
    const timeouts = { sessionTimeoutMs: sessionMs, rebalanceTimeoutMs: rebalanceMs }
    const asked = this.#peer.ask(joinGroup, version, {
      groupId: this.#groupId, memberId: this.#realIds.get(player.memberId)!, protocolType: 'consumer', protocols, ...timeouts,
      ...(version >= 5 ? { groupInstanceId: player.instanceId } : {}),
    })
    const waiting = this.#play.join({ memberId: player.memberId, instanceId: version >= 5 ? player.instanceId : null, protocols, ...timeouts, takesMemberId: version >= 4 })
    this.#add(player, waiting, asked, async () => {
      const answer = await asked.answer
      if (waiting.result!.memberId !== '') this.#realIds.set(waiting.result!.memberId, answer.memberId)
      return () => ({
        error: nameOf(answer.errorCode),
        memberId: this.#modelId(answer.memberId),
        generation: answer.generationId,
        leader: this.#modelId(answer.leader),
        members: answer.members.map((member) => [this.#modelId(member.memberId), member.metadata.toString('hex')].join(' ')).toSorted(),
      })
    })
  }

  #sync(player: Client): void {
    if (player.waiting !== undefined) return
    const { group } = this.#play
    const assignments = group.leader === player.memberId ? group.members.map(({ id }) => [id, `${player.generation}: ${id}`] as const) : []
    const asked = this.#peer.ask(syncGroup, 3, {
      groupId: this.#groupId, memberId: this.#realIds.get(player.memberId)!, groupInstanceId: player.instanceId, generationId: player.generation,
      assignments: assignments.map(([id, text]) => ({ memberId: this.#realIds.get(id)!, assignment: Buffer.from(text) })),
    })
    const waiting = this.#play.sync(player.memberId, Object.fromEntries(assignments), player.instanceId, player.generation)
    this.#add(player, waiting, asked, async () => {
      const answer = await asked.answer
      return () => ({ error: nameOf(answer.errorCode), assignment: String(answer.assignment) })
    })
  }

  async #heartbeat(player: Client): Promise<void> {
    const answer = await this.#peer.ask(heartbeat, 3, { groupId: this.#groupId, memberId: this.#realIds.get(player.memberId)!, groupInstanceId: player.instanceId, generationId: player.generation }).answer
    expect(nameOf(answer.errorCode)).toBe(this.#play.group.heartbeat(this.#claim(player)))
  }

  async #commit(player: Client): Promise<void> {
    const { topics } = await this.#peer.ask(offsetCommit, 7, {
      groupId: this.#groupId, memberId: this.#realIds.get(player.memberId)!, groupInstanceId: player.instanceId, generationIdOrMemberEpoch: player.generation,
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset: 0, committedMetadata: '' }] }],
    }).answer
    const answer = nameOf(topics[0]!.partitions[0]!.errorCode)
    // Before anybody has joined, Apache knows no group that the generation could be wrong for.
    if (answer === 'ILLEGAL_GENERATION' && this.#play.group.generation === 0) return
    expect(answer).toBe(this.#play.group.checkCommit(this.#claim(player), { isTransactional: false }))
  }

  async #leave(player: Client): Promise<void> {
    const { group } = this.#play
    // Which of several followers leads next is up to the broker. Apache never answers the sync of one
    // who left, and rebalances when one leaves that had no more than an id.
    if (group.leader === player.memberId && group.members.length > 2) return
    // In a group without members Apache waits for such a one until a timer of 0 ms has run.
    if (group.members.length === 1 && this.clients.some(({ memberId, generation }) => memberId !== '' && generation === -1)) return
    if (player.generation === -1 || player.waiting !== undefined) return
    const { members } = await this.#peer.ask(leaveGroup, 3, { groupId: this.#groupId, members: [{ memberId: this.#realIds.get(player.memberId)!, groupInstanceId: player.instanceId }] }).answer
    expect([nameOf(members[0]!.errorCode)]).toEqual(group.leave([{ memberId: player.memberId, instanceId: player.instanceId }]))
    this.#forget(player)
  }

  #lose(player: Client): void {
    // It would never learn the id that the others hear of.
    if (player.memberId === '') return
    for (const { asked, waiting } of this.#outstanding) {
      if (waiting !== player.waiting) continue
      asked.hangUp()
      this.#play.group.giveUp(waiting.parked)
    }
    this.#outstanding = this.#outstanding.filter(({ waiting }) => waiting !== player.waiting)
    player.waiting = undefined
  }

  #forget(player: Client): void {
    Object.assign(player, { memberId: '', generation: -1, isSynced: false, waiting: undefined })
  }

  #claim({ memberId, instanceId, generation }: Client): MemberClaim {
    return { memberId, instanceId, generation }
  }

  #modelId(realId: string): string {
    for (const [modelId, each] of this.#realIds) if (each === realId) return modelId
    return `unknown ${realId}`
  }

  #add(player: Client, waiting: Outstanding['waiting'], asked: Asked<unknown>, told: () => Promise<() => unknown>): void {
    player.waiting = waiting
    this.#outstanding.push({ client: player, waiting, asked, told })
  }

  /** All that the model has answered by now, the broker answers too. */
  async #compare(): Promise<void> {
    const due = this.#outstanding.filter(({ waiting }) => waiting.result !== undefined)
    this.#outstanding = this.#outstanding.filter(({ waiting }) => waiting.result === undefined)
    // All of them first: one may name members that another one introduces.
    const answers = await Promise.all(due.map(({ told }) => told()))
    for (const [i, { client: player, waiting }] of due.entries()) {
      const result = waiting.result!
      if ('generation' in result) {
        expect(answers[i]!()).toEqual({
          error: result.error, memberId: result.memberId, generation: result.generation, leader: result.leader,
          members: result.members.map(({ memberId, metadata }) => `${memberId} ${metadata.toString('hex')}`).toSorted(),
        })
      } else expect(answers[i]!()).toEqual({ error: result.error, assignment: String(result.assignment) })
      if (player.waiting === waiting) this.#hear(player, result)
    }
  }

  /** A broker that reads and works in one thread each has done all that was sent before, once it has answered this. */
  async #untilRead(): Promise<void> {
    await Promise.all(this.#outstanding.map(({ asked }) => asked.sent))
    await this.#peer.ask(heartbeat, 0, { groupId: this.#groupId, memberId: 'nobody' }).answer
  }

  #hear(player: Client, result: JoinResult | SyncResult): void {
    player.waiting = undefined
    if (result.error === 'UNKNOWN_MEMBER_ID' || result.error === 'FENCED_INSTANCE_ID') this.#forget(player)
    else if (!('generation' in result)) player.isSynced = result.error === 'NONE'
    else if (result.error === 'MEMBER_ID_REQUIRED') player.memberId = result.memberId
    else if (result.error === 'NONE') Object.assign(player, { memberId: result.memberId, generation: result.generation, isSynced: false })
  }
}

const servers: KafkaServer[] = []
let runs = 0
beforeAll(async () => {
  servers.push(...await Promise.all([startKafka({ own: false, config: { 'num.network.threads': '1', 'num.io.threads': '1' } }), startKafka({ own: true })]))
  await Promise.all(servers.map(({ brokers }) => createTopic(brokers, topic, 1)))
})
afterAll(() => Promise.all(servers.map((server) => server.stop())))

for (const [i, name] of ['Apache Kafka', 'our broker'].entries()) {
  test(`${name} answers any members as our state machine does, and parks what it parks`, async () => {
    await fc.assert(fc.asyncProperty(fc.array(actions, { minLength: 10, maxLength: 40 }), async (sequence) => {
      const peer = new KafkaPeer(servers[i]!.brokers[0]!)
      try {
        const mirror = new Mirror(peer, `group-${runs++}`)
        for (const action of sequence) await mirror.act(action)
        await mirror.end()
      } finally {
        peer.close()
      }
    }), { numRuns: 60, timeout: 5_000, interruptAfterTimeLimit: 120_000, markInterruptAsFailure: true })
  })
}
