import { deleteGroups } from '../../../src/wire/api/delete-groups.ts'
import { describeGroups } from '../../../src/wire/api/describe-groups.ts'
import { errorCode } from '../../../src/wire/api/error-code.ts'
import { heartbeat } from '../../../src/wire/api/heartbeat.ts'
import { joinGroup } from '../../../src/wire/api/join-group.ts'
import { leaveGroup } from '../../../src/wire/api/leave-group.ts'
import { listGroups } from '../../../src/wire/api/list-groups.ts'
import { offsetCommit } from '../../../src/wire/api/offset-commit.ts'
import { offsetDelete } from '../../../src/wire/api/offset-delete.ts'
import { offsetFetch } from '../../../src/wire/api/offset-fetch.ts'
import { syncGroup } from '../../../src/wire/api/sync-group.ts'
import type { RequestToWrite, ResponseOf } from '../../../src/wire/message/api.ts'
import type { Asked, KafkaPeer } from '../../support/kafka-peer.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { subscription } from '../../embedded/kafka/group/group-play.ts'

const names = new Map(Object.entries(errorCode).map(([name, code]) => [code as number, name]))

export function nameOf(code: number): string {
  return names.get(code) ?? String(code)
}

export interface JoinTalk {
  readonly version?: number
  /** Name of the member whose id is sent; default none. */
  readonly as?: string
  readonly instance?: string
  readonly topics?: readonly string[]
  readonly protocols?: readonly string[]
  readonly protocolType?: string
  readonly sessionMs?: number
  readonly rebalanceMs?: number
}

export interface Claim {
  readonly version?: number
  readonly generation?: number
  readonly instance?: string
}

/**
 * Talks to one group of a broker and tells the answers as text that is the same for all brokers:
 * member ids are replaced by the names their members are given here.
 */
export class GroupTalk {
  readonly peer: KafkaPeer
  readonly group: string
  readonly #ids = new Map<string, string>()

  constructor(peer: KafkaPeer, group: string) {
    this.peer = peer
    this.group = group
  }

  know(ids: Iterable<readonly [name: string, id: string]>): void {
    for (const [name, id] of ids) this.#ids.set(name, id)
  }

  idOf(name: string): string {
    return this.#ids.get(name) ?? name
  }

  nameOf(id: string): string {
    for (const [name, each] of this.#ids) if (each === id) return name
    return id === '' ? '-' : '?'
  }

  /** A new member id in the answer is known as `name` from then on. */
  join(name: string, talk: JoinTalk = {}): Asked<string> {
    const { version = 3, as, instance = null, topics = ['t'], protocols = ['range'], protocolType = 'consumer', sessionMs = 30_000, rebalanceMs = 60_000 } = talk
    const asked = this.peer.ask(joinGroup, version, {
      groupId: this.group,
      memberId: as === undefined ? '' : this.idOf(as),
      sessionTimeoutMs: sessionMs,
      rebalanceTimeoutMs: rebalanceMs,
      protocolType,
      protocols: protocols.map((protocol) => ({ name: protocol, metadata: subscription(...topics) })),
      ...(version >= 5 ? { groupInstanceId: instance } : {}),
    })
    return { ...asked, answer: asked.answer.then((response) => this.#joined(name, response)) }
  }

  /** `assign` gives members, by name, their assignments. */
  sync(name: string, generation: number, assign: Readonly<Record<string, string>> = {}, { version = 3, instance, protocolName }: Claim & { readonly protocolName?: string } = {}): Asked<string> {
    const asked = this.peer.ask(syncGroup, version, {
      groupId: this.group,
      memberId: this.idOf(name),
      generationId: generation,
      assignments: Object.entries(assign).map(([to, text]) => ({ memberId: this.idOf(to), assignment: Buffer.from(text) })),
      ...(instance === undefined ? {} : { groupInstanceId: instance }),
      ...(version >= 5 ? { protocolType: 'consumer', protocolName: protocolName ?? 'range' } : {}),
    })
    return { ...asked, answer: asked.answer.then((response) => `${nameOf(response.errorCode)} ${response.protocolType}/${response.protocolName} ${String(response.assignment)}`) }
  }

  async heartbeat(name: string, generation: number, { version = 3, instance }: Claim = {}): Promise<string> {
    const { errorCode: code } = await this.peer.ask(heartbeat, version, {
      groupId: this.group, memberId: this.idOf(name), generationId: generation, ...(instance === undefined ? {} : { groupInstanceId: instance }),
    }).answer
    return nameOf(code)
  }

  async leave(name: string, version = 1): Promise<string> {
    return nameOf((await this.peer.ask(leaveGroup, version, { groupId: this.group, memberId: this.idOf(name) }).answer).errorCode)
  }

  async leaveTogether(members: readonly { readonly name: string; readonly instance?: string }[], version = 3): Promise<string> {
    const response = await this.peer.ask(leaveGroup, version, { groupId: this.group, members: members.map(({ name, instance }) => ({ memberId: this.idOf(name), groupInstanceId: instance ?? null })) }).answer
    return `${nameOf(response.errorCode)} ${response.members.map((member) => `${this.nameOf(member.memberId)}/${member.groupInstanceId}: ${nameOf(member.errorCode)}`).join(', ')}`
  }

  async commit(name: string, generation: number, topics: Readonly<Record<string, readonly (readonly [partition: number, offset: number, metadata?: string | null])[]>>, { version = 7, instance }: Claim = {}): Promise<string> {
    const response = await this.peer.ask(offsetCommit, version, {
      groupId: this.group,
      memberId: this.idOf(name),
      generationIdOrMemberEpoch: generation,
      topics: Object.entries(topics).map(([topic, partitions]) => ({
        name: topic,
        partitions: partitions.map(([partitionIndex, committedOffset, committedMetadata = 'm']) => ({ partitionIndex, committedOffset, committedMetadata })),
      })),
      ...(instance === undefined ? {} : { groupInstanceId: instance }),
    }).answer
    return codesOf(response.topics)
  }

  /** All offsets of the group for null. */
  async fetch(topics: Readonly<Record<string, readonly number[]>> | null, version = 7): Promise<string> {
    const asked = topics === null ? null : Object.entries(topics).map(([name, partitionIndexes]) => ({ name, partitionIndexes: [...partitionIndexes] }))
    const request: RequestToWrite<typeof offsetFetch> = version < 8 ? { groupId: this.group, topics: asked } : { groups: [{ groupId: this.group, topics: asked }] }
    const response = await this.peer.ask(offsetFetch, version, request).answer
    const error = version < 8 ? response.errorCode : response.groups[0]!.errorCode
    const found = version < 8 ? response.topics : response.groups[0]!.topics
    const lines = found.flatMap(({ name, partitions }) => partitions.map((p) => `${name}/${p.partitionIndex}@${p.committedOffset} epoch ${p.committedLeaderEpoch} '${p.metadata}' ${nameOf(p.errorCode)}`))
    return `${nameOf(error)} ${lines.toSorted().join(', ')}`
  }

  async deleteOffsets(topics: Readonly<Record<string, readonly number[]>>): Promise<string> {
    const response = await this.peer.ask(offsetDelete, 0, {
      groupId: this.group,
      topics: Object.entries(topics).map(([name, partitions]) => ({ name, partitions: partitions.map((partitionIndex) => ({ partitionIndex })) })),
    }).answer
    return `${nameOf(response.errorCode)} ${codesOf(response.topics)}`
  }

  async describe(version = 5): Promise<string> {
    const { groups } = await this.peer.ask(describeGroups, version, { groups: [this.group], ...(version >= 3 ? { includeAuthorizedOperations: true } : {}) }).answer
    return groups.map((group) => {
      const members = group.members.map((member) =>
        `${this.nameOf(member.memberId)}/${member.groupInstanceId} ${member.clientId} ${member.clientHost} metadata ${member.memberMetadata.length} '${String(member.memberAssignment)}'`)
      return `${nameOf(group.errorCode)} ${group.groupState} ${group.protocolType}/${group.protocolData} operations ${group.authorizedOperations} [${members.toSorted().join(', ')}]`
    }).join('; ')
  }

  /** This group alone, of those that are listed. */
  async list(version = 4, statesFilter?: readonly string[]): Promise<string> {
    const { errorCode: code, groups } = await this.peer.ask(listGroups, version, statesFilter === undefined ? {} : { statesFilter }).answer
    return [nameOf(code), ...groups.filter(({ groupId }) => groupId === this.group).map(({ protocolType, groupState }) => `${protocolType}/${groupState}`)].join(' ')
  }

  async delete(version = 2): Promise<string> {
    const { results } = await this.peer.ask(deleteGroups, version, { groupsNames: [this.group] }).answer
    return results.map((result) => nameOf(result.errorCode)).join(' ')
  }

  /** Waits for a state that time brings about. */
  async untilState(state: string): Promise<void> {
    await waitUntil(`group ${this.group} to be ${state}`, async () => (await this.describe(0)).split(' ')[1] === state, 20_000)
  }

  #joined(name: string, response: ResponseOf<typeof joinGroup>): string {
    if (response.memberId !== '' && this.nameOf(response.memberId) === '?') this.#ids.set(name, response.memberId)
    // Not by their names: the leader may hear of a member before the member does.
    const members = response.members.map(({ groupInstanceId, metadata }) => `${groupInstanceId}/${metadata.length}`)
    return `${nameOf(response.errorCode)} generation ${response.generationId} ${response.protocolType}/${response.protocolName} leader ${this.nameOf(response.leader)} me ${this.nameOf(response.memberId)} members [${members.toSorted().join(', ')}]`
  }
}

function codesOf(topics: readonly { readonly name: string; readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[] }[]): string {
  return topics.flatMap(({ name, partitions }) => partitions.map((partition) => `${name}/${partition.partitionIndex} ${nameOf(partition.errorCode)}`)).toSorted().join(', ')
}
