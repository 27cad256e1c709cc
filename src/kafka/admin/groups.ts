import { MillraceError } from '../../errors.ts'
import { consumerAssignment, consumerProtocolType, readConsumerMessage } from '../../wire/api/consumer-protocol.ts'
import { deleteGroups } from '../../wire/api/delete-groups.ts'
import { describeGroups } from '../../wire/api/describe-groups.ts'
import { errorCode } from '../../wire/api/error-code.ts'
import { listGroups as listGroupsApi } from '../../wire/api/list-groups.ts'
import { offsetCommit } from '../../wire/api/offset-commit.ts'
import { offsetFetch } from '../../wire/api/offset-fetch.ts'
import { nearestName } from '../nearest-name.ts'
import { byTopic, partitionName } from '../partition-name.ts'
import { throwAdminError } from './admin-refusal.ts'
import { insisting } from './administer.ts'
import type { Administration } from './administer.ts'

export interface ListedGroup {
  readonly group: string
  /** Kafka's word: Empty, PreparingRebalance, CompletingRebalance, Stable, Dead. */
  readonly state: string
  readonly protocolType: string
}

export interface GroupDescription {
  readonly group: string
  readonly state: string
  /** Name of the assignment strategy, empty while there is none. */
  readonly strategy: string
  readonly coordinator: { readonly nodeId: number; readonly host: string; readonly port: number }
  readonly members: readonly GroupMember[]
}

export interface GroupMember {
  readonly memberId: string
  /** Undefined for dynamic members. */
  readonly instance: string | undefined
  readonly clientId: string
  readonly host: string
  /** `topic/partition` it was given. */
  readonly partitions: readonly string[]
}

/** Of all coordinators, by name. */
export async function listGroups(administration: Administration): Promise<ListedGroup[]> {
  const { cluster } = administration
  return insisting(administration, async () => {
    await cluster.refreshMetadata()
    const answers = await Promise.all(cluster.brokers().map(async ({ nodeId }) => {
      const { errorCode, groups } = await cluster.exchange(nodeId, listGroupsApi, {})
      throwAdminError(errorCode, 'the groups cannot be listed', cluster.bootstrap)
      return groups.map(({ groupId, groupState, protocolType }) => ({ group: groupId, state: groupState, protocolType }))
    }))
    return answers.flat().sort((a, b) => (a.group < b.group ? -1 : 1))
  })
}

/** Throws MR_KAFKA_GROUP_UNKNOWN. */
export async function describeGroup(administration: Administration, group: string): Promise<GroupDescription> {
  const { cluster } = administration
  return insisting(administration, async () => {
    const nodeId = await cluster.coordinator(group)
    const { groups } = await cluster.exchange(nodeId, describeGroups, { groups: [group] })
    const found = groups[0]!
    if (found.errorCode === errorCode.GROUP_ID_NOT_FOUND || (found.errorCode === errorCode.NONE && found.groupState === 'Dead')) {
      const others = await listGroups(administration)
      const listed = others.find((other) => other.group === group)
      // A group of the newer protocol is listed with its state, but shows its members to newer requests only.
      if (listed === undefined) throw groupUnknown(group, others.map((other) => other.group), cluster.bootstrap)
      return { group, state: listed.state, strategy: '', coordinator: address(administration, nodeId), members: [] }
    }
    throwAdminError(found.errorCode, `the group ${group} cannot be described`, cluster.bootstrap)
    return {
      group,
      state: found.groupState,
      strategy: found.protocolData,
      coordinator: address(administration, nodeId),
      members: found.members.map(({ memberId, groupInstanceId, clientId, clientHost, memberAssignment }) => ({
        memberId,
        instance: groupInstanceId ?? undefined,
        clientId,
        host: clientHost,
        partitions: found.protocolType === consumerProtocolType ? assigned(memberAssignment) : [],
      })),
    }
  })
}

/** Offsets by `topic/partition`, of all partitions the group has committed. */
export async function committedOffsets(administration: Administration, group: string): Promise<ReadonlyMap<string, number>> {
  const { cluster } = administration
  return insisting(administration, async () => {
    const nodeId = await cluster.coordinator(group)
    const answer = await cluster.exchange(nodeId, offsetFetch, { groupId: group, topics: null, groups: [{ groupId: group, topics: null }] }, { atLeast: 2 })
    const [own] = answer.groups
    throwAdminError(own?.errorCode ?? answer.errorCode, `the offsets of group ${group} cannot be read`, cluster.bootstrap)
    const offsets = new Map<string, number>()
    for (const { name, partitions } of own?.topics ?? answer.topics) {
      for (const { partitionIndex, committedOffset, errorCode } of partitions) {
        throwAdminError(errorCode, `the offset of ${partitionName(name, partitionIndex)} cannot be read`, cluster.bootstrap)
        if (committedOffset >= 0) offsets.set(partitionName(name, partitionIndex), committedOffset)
      }
    }
    return offsets
  })
}

/** Writes offsets of a group without members; one that does not exist is made. Throws MR_KAFKA_GROUP_ACTIVE. */
export async function writeOffsets(administration: Administration, group: string, offsets: ReadonlyMap<string, number>): Promise<void> {
  const { cluster } = administration
  await insisting(administration, async () => {
    const nodeId = await cluster.coordinator(group)
    const answer = await cluster.exchange(nodeId, offsetCommit, {
      groupId: group,
      topics: [...byTopic([...offsets.keys()])].map(([name, partitions]) => ({
        name,
        partitions: partitions.map((partitionIndex) => ({ partitionIndex, committedOffset: offsets.get(partitionName(name, partitionIndex))!, committedMetadata: '' })),
      })),
    })
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, errorCode } of partitions) throwAdminError(errorCode, `the offset of ${partitionName(name, partitionIndex)} cannot be set for group ${group}`, cluster.bootstrap)
    }
  })
}

/** Removes a group without members, and its offsets. Throws MR_KAFKA_GROUP_UNKNOWN, MR_KAFKA_GROUP_ACTIVE. */
export async function deleteGroup(administration: Administration, group: string): Promise<void> {
  const { cluster } = administration
  await insisting(administration, async () => {
    const nodeId = await cluster.coordinator(group)
    const { results } = await cluster.exchange(nodeId, deleteGroups, { groupsNames: [group] })
    for (const answer of results) {
      if (answer.errorCode === errorCode.GROUP_ID_NOT_FOUND) throw groupUnknown(group, (await listGroups(administration)).map((other) => other.group), cluster.bootstrap)
      throwAdminError(answer.errorCode, `the group ${group} cannot be deleted`, cluster.bootstrap)
    }
  })
}

function address({ cluster }: Administration, nodeId: number): GroupDescription['coordinator'] {
  return cluster.brokers().find((broker) => broker.nodeId === nodeId) ?? { nodeId, host: '', port: 0 }
}

/** No bytes are no partitions: the group is still dividing them. */
function assigned(bytes: Buffer): string[] {
  if (bytes.length === 0) return []
  return readConsumerMessage(consumerAssignment, bytes).assignedPartitions.flatMap(({ topic, partitions }) => partitions.map((partition) => partitionName(topic, partition)))
}

function groupUnknown(group: string, existing: readonly string[], at: string): MillraceError {
  const close = nearestName(group, existing)
  return new MillraceError('MR_KAFKA_GROUP_UNKNOWN', `there is no consumer group ${group}${close === undefined ? '' : `; did you mean ${close}?`}`, {
    place: { at },
    remedy: 'correct the name; millrace groups list shows the groups there are',
  })
}
