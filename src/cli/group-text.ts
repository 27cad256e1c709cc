import type { GroupDescription, GroupMember } from '../kafka/admin/groups.ts'
import { byTopic } from '../kafka/partition-name.ts'
import { columns } from './columns.ts'

/** What a group is at in one partition. */
export interface GroupOffset {
  readonly topic: string
  readonly partition: number
  readonly committed: number | undefined
  /** Undefined for a partition that is gone. */
  readonly end: number | undefined
  readonly member: GroupMember | undefined
}

const absent = '-'

/** As kafka-consumer-groups --describe prints it. */
export function offsetsText(group: string, offsets: readonly GroupOffset[]): string {
  return `\n${columns([
    ['GROUP', 'TOPIC', 'PARTITION', 'CURRENT-OFFSET', 'LOG-END-OFFSET', 'LAG', 'CONSUMER-ID', 'HOST', 'CLIENT-ID'],
    ...offsets.map(({ topic, partition, committed, end, member }) => [
      group, topic, partition, committed ?? absent, end ?? absent, lagOf(committed, end) ?? absent, member?.memberId ?? absent, member?.host ?? absent, member?.clientId ?? absent,
    ]),
  ])}`
}

/** As kafka-consumer-groups --describe --members prints it. */
export function membersText({ group, members }: GroupDescription): string {
  return `\n${columns([
    ['GROUP', 'CONSUMER-ID', 'GROUP-INSTANCE-ID', 'HOST', 'CLIENT-ID', '#PARTITIONS', 'ASSIGNMENT'],
    ...members.map(({ memberId, instance, host, clientId, partitions }) => [group, memberId, instance ?? absent, host, clientId, partitions.length, assignmentText(partitions)]),
  ])}`
}

/** As kafka-consumer-groups --describe --state prints it. */
export function stateText({ group, coordinator: { host, port, nodeId }, strategy, state, members }: GroupDescription): string {
  return `\n${columns([
    ['GROUP', 'COORDINATOR (ID)', 'ASSIGNMENT-STRATEGY', 'STATE', '#MEMBERS'],
    [group, `${host}:${port} (${nodeId})`, strategy === '' ? absent : strategy, state, members.length],
  ])}`
}

export function lagOf(committed: number | undefined, end: number | undefined): number | undefined {
  return committed === undefined || end === undefined ? undefined : Math.max(0, end - committed)
}

/** `sentences(0,1), words(2)`. */
function assignmentText(partitions: readonly string[]): string {
  return [...byTopic(partitions)].map(([topic, numbers]) => `${topic}(${numbers.toSorted((a, b) => a - b).join(',')})`).join(', ') || absent
}
