import heartbeatRequest from 'kafkajs/src/protocol/requests/heartbeat/v3/request.js'
import heartbeatResponse from 'kafkajs/src/protocol/requests/heartbeat/v3/response.js'
import joinRequest from 'kafkajs/src/protocol/requests/joinGroup/v5/request.js'
import joinResponse from 'kafkajs/src/protocol/requests/joinGroup/v5/response.js'
import leaveRequest from 'kafkajs/src/protocol/requests/leaveGroup/v3/request.js'
import leaveResponse from 'kafkajs/src/protocol/requests/leaveGroup/v3/response.js'
import commitRequest from 'kafkajs/src/protocol/requests/offsetCommit/v5/request.js'
import commitResponse from 'kafkajs/src/protocol/requests/offsetCommit/v5/response.js'
import fetchRequest from 'kafkajs/src/protocol/requests/offsetFetch/v4/request.js'
import fetchResponse from 'kafkajs/src/protocol/requests/offsetFetch/v4/response.js'
import syncRequest from 'kafkajs/src/protocol/requests/syncGroup/v3/request.js'
import syncResponse from 'kafkajs/src/protocol/requests/syncGroup/v3/response.js'
import { failing, failpoint } from '../base/failpoint.ts'
import type { Clock } from '../base/clock.ts'
import { MillraceError } from '../errors.ts'
import type { Position } from '../topology/source.ts'
import { consumerProtocolType } from '../wire/api/consumer-protocol.ts'
import { within } from './deadline.ts'
import type { Assignment, GroupCoordinator, JoinAnswer, JoinRequest, Seat } from './group-coordinator.ts'
import type { GroupIdentity } from './group-identity.ts'
import { KafkaFailure, lostAnswer } from './kafka-failure.ts'
import type { KafkaCluster } from './kafkajs-cluster.ts'
import { throwErrorCode } from './kafkajs-link.ts'
import type { KafkaLink, KafkaProtocol } from './kafkajs-link.ts'
import { decodeAssignment, decodeMember, encodeAssignment, encodeMember } from './member-bytes.ts'
import type { CheckedMembershipSettings } from './membership-settings.ts'
import { byTopic, partitionName } from './partition-name.ts'

export interface KafkajsGroupOptions {
  readonly cluster: KafkaCluster
  readonly identity: GroupIdentity
  readonly settings: CheckedMembershipSettings
  readonly clock: Clock
}

/** MEMBER_ID_REQUIRED: a member without an instance is told its id, and joins with that. */
const memberIdRequired = 79
const sideRequestMs = 5_000

/** Coordinator and connection are looked up when first needed, and again after whatever went wrong with them. */
export class KafkajsGroup implements GroupCoordinator {
  readonly #options: KafkajsGroupOptions
  readonly #groupId: string
  readonly #instanceId: string | null
  /** The last we were told: a join that is under way has not given it back yet. */
  #memberId = ''
  #node: Promise<number> | undefined
  #link: Promise<KafkaLink> | undefined

  constructor(options: KafkajsGroupOptions) {
    this.#options = options
    const { group, instance } = options.identity
    this.#groupId = group
    this.#instanceId = instance === undefined ? null : instanceId(`${group}-${instance}`)
  }

  async join(wanted: JoinRequest): Promise<JoinAnswer> {
    const { identity, settings: { sessionTimeoutMs, rebalanceTimeoutMs } } = this.#options
    this.#memberId = wanted.memberId
    const metadata = encodeMember(wanted)
    if (failing) await failpoint('group.join')
    const answer = await this.#ask(rebalanceTimeoutMs + sideRequestMs, {
      request: joinRequest({
        groupId: this.#groupId,
        sessionTimeout: sessionTimeoutMs,
        rebalanceTimeout: rebalanceTimeoutMs,
        memberId: wanted.memberId,
        groupInstanceId: this.#instanceId,
        protocolType: consumerProtocolType,
        groupProtocols: [...identity.assignors.keys()].map((name) => ({ name, metadata })),
      }),
      response: unparsed(joinResponse),
    })
    if (failing) await failpoint('group.joined', lostAnswer)
    if (answer.errorCode === memberIdRequired) return this.join({ ...wanted, memberId: answer.memberId })
    return {
      seat: { memberId: answer.memberId, generation: answer.generationId },
      assignor: answer.groupProtocol,
      members: answer.members.map((member) => ({ ...decodeMember(member.memberMetadata), memberId: member.memberId, instance: member.groupInstanceId ?? undefined })),
    }
  }

  async sync(seat: Seat, assignments: ReadonlyMap<string, Assignment>): Promise<Assignment> {
    if (failing) await failpoint('group.sync')
    const answer = await this.#ask(this.#options.settings.rebalanceTimeoutMs + sideRequestMs, {
      request: syncRequest({
        groupId: this.#groupId,
        generationId: seat.generation,
        memberId: seat.memberId,
        groupInstanceId: this.#instanceId,
        groupAssignment: [...assignments].map(([memberId, assignment]) => ({ memberId, memberAssignment: encodeAssignment(assignment) })),
      }),
      response: unparsed(syncResponse),
    })
    if (failing) await failpoint('group.synced', lostAnswer)
    return decodeAssignment(answer.memberAssignment)
  }

  async heartbeat(seat: Seat): Promise<void> {
    if (failing) await failpoint('group.heartbeat')
    // a third of the session leaves time for another try
    await this.#ask(this.#options.settings.sessionTimeoutMs / 3, {
      request: heartbeatRequest({ groupId: this.#groupId, groupGenerationId: seat.generation, memberId: seat.memberId, groupInstanceId: this.#instanceId }),
      response: unparsed(heartbeatResponse),
    })
    if (failing) await failpoint('group.alive', lostAnswer)
  }

  async leave(memberId: string): Promise<void> {
    const known = memberId === '' ? this.#memberId : memberId
    if (known === '' && this.#instanceId === null) return
    if (failing) await failpoint('group.leave')
    await this.#askAside({
      request: leaveRequest({ groupId: this.#groupId, members: [{ memberId: known, groupInstanceId: this.#instanceId }] }),
      response: unparsed(leaveResponse),
    }, (answer) => firstError([answer, ...answer.members]))
    if (failing) await failpoint('group.left', lostAnswer)
  }

  async commit(seat: Seat, positions: readonly Position[]): Promise<void> {
    const offsets = new Map(positions.map(({ partition, offset }) => [partition, offset]))
    if (failing) await failpoint('group.commit')
    await this.#askAside({
      request: commitRequest({
        groupId: this.#groupId,
        groupGenerationId: seat.generation,
        memberId: seat.memberId,
        topics: [...byTopic([...offsets.keys()])].map(([topic, partitions]) => ({
          topic,
          partitions: partitions.map((partition) => ({ partition, offset: String(offsets.get(partitionName(topic, partition))) })),
        })),
      }),
      response: unparsed(commitResponse),
    }, (answer) => firstError(answer.responses.flatMap(({ partitions }) => partitions)))
    if (failing) await failpoint('group.committed', lostAnswer)
  }

  async committed(partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const answer = await this.#askAside({
      request: fetchRequest({
        groupId: this.#groupId,
        topics: [...byTopic(partitions)].map(([topic, numbers]) => ({ topic, partitions: numbers.map((partition) => ({ partition })) })),
      }),
      response: unparsed(fetchResponse),
    }, ({ errorCode, responses }) => firstError([{ errorCode }, ...responses.flatMap(({ partitions }) => partitions)]))
    if (failing) await failpoint('group.mirrored', lostAnswer)
    const offsets = answer.responses.flatMap(({ topic, partitions }) => partitions.map(({ partition, offset }): [string, number] => [partitionName(topic, partition), Number(offset)]))
    // -1 is Kafka's "never committed"
    return new Map(offsets.filter(([, offset]) => offset >= 0))
  }

  /** Over a connection of our own: a join holds up all answers behind it. */
  async #ask<Decoded, Answer extends { readonly errorCode: number }>(deadlineMs: number, protocol: KafkaProtocol<Decoded, Answer>): Promise<Answer> {
    const exchange = async (): Promise<Answer> => {
      const link = await this.#connect()
      const answer = await link.send({ ...protocol, requestTimeout: deadlineMs })
      if (answer.errorCode !== memberIdRequired) throwErrorCode(answer.errorCode, link.address)
      return answer
    }
    try {
      return await within(this.#options.clock, deadlineMs, exchange())
    } catch (error) {
      if (error instanceof KafkaFailure && error.retriable) this.#forget()
      throw error
    }
  }

  /** Over the shared connection to the coordinator; `failedCode` finds the error in an answer that has several. */
  async #askAside<Decoded, Answer>(protocol: KafkaProtocol<Decoded, Answer>, failedCode: (answer: Answer) => number): Promise<Answer> {
    const exchange = async (): Promise<Answer> => {
      const answer = await this.#options.cluster.send(await this.#coordinator(), protocol)
      throwErrorCode(failedCode(answer), this.#groupId)
      return answer
    }
    try {
      return await within(this.#options.clock, sideRequestMs, exchange())
    } catch (error) {
      if (error instanceof KafkaFailure && error.retriable) this.#node = undefined
      throw error
    }
  }

  async #connect(): Promise<KafkaLink> {
    if (this.#link !== undefined && !(await this.#link).connected) this.#forget()
    this.#link ??= this.#coordinator().then((nodeId) => this.#options.cluster.openLink(nodeId))
    return this.#link
  }

  #coordinator(): Promise<number> {
    this.#node ??= this.#options.cluster.coordinator(this.#groupId).catch((thrown: unknown) => {
      // the cluster does not know that this was about a group, and which
      if (!(thrown instanceof MillraceError) || thrown.code !== 'MR_KAFKA_AUTHORIZATION') throw thrown
      throw new KafkaFailure('GROUP_AUTHORIZATION_FAILED', thrown.message, false)
    })
    return this.#node
  }

  #forget(): void {
    this.#link?.then((link) => link.close(), () => {})
    this.#link = undefined
    this.#node = undefined
  }
}

/** Kafka takes letters, digits, dot, dash and underscore. */
function instanceId(text: string): string {
  return text.replaceAll(/[^\w.-]/gu, (character) => `_${character.codePointAt(0)!.toString(16)}`)
}

function firstError(answers: readonly { readonly errorCode: number }[]): number {
  return answers.find(({ errorCode }) => errorCode !== 0)?.errorCode ?? 0
}

/** kafkajs's own parse turns codes into errors of its own; we read the codes. */
function unparsed<Decoded>(response: { decode(bytes: Buffer): Promise<Decoded> }): { decode(bytes: Buffer): Promise<Decoded>; parse(decoded: Decoded): Promise<Decoded> } {
  return { decode: (bytes) => response.decode(bytes), parse: (decoded) => Promise.resolve(decoded) }
}
