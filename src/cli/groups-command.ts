import { Option } from 'commander'
import type { Command } from 'commander'
import type { Administration } from '../kafka/admin/administer.ts'
import { committedOffsets, deleteGroup, describeGroup, listGroups } from '../kafka/admin/groups.ts'
import type { GroupDescription } from '../kafka/admin/groups.ts'
import { listTopics } from '../kafka/admin/topics.ts'
import { kafkajsOffsets } from '../kafka/kafkajs-offsets.ts'
import { partitionName, splitPartition } from '../kafka/partition-name.ts'
import { columns } from './columns.ts'
import { filled } from './filled.ts'
import { lagOf, membersText, offsetsText, stateText } from './group-text.ts'
import type { GroupOffset } from './group-text.ts'
import { resetOffsets } from './groups-reset.ts'
import type { ResetFlags } from './groups-reset.ts'
import { numberParser } from './parse-number.ts'
import { parseAgo, parseShift, parseTime, parseTopicPart } from './parse-reset.ts'
import { withCluster, withClusterOptions } from './tool-cluster.ts'
import type { ClusterFlags } from './tool-cluster.ts'
import type { ToolHost } from './tool-host.ts'

interface ListFlags extends ClusterFlags {
  readonly state?: true
  readonly json?: true
}

interface DescribeFlags extends ListFlags {
  readonly members?: true
}

/** `millrace groups …`: what kafka-consumer-groups does. */
export function addGroupsCommand(program: Command, host: ToolHost): void {
  const groups = program.command('groups').description('List, describe, reset and delete consumer groups.')
  withClusterOptions(groups.command('list'))
    .description('List the names of groups.')
    .option('--state', 'and the state of each')
    .option('--json', 'one JSON object per group')
    .action((flags: ListFlags) => list(flags, host))
  withClusterOptions(groups.command('describe'))
    .description('Show offsets and lag, members, or the state of a group.')
    .argument('<group...>', 'names')
    .addOption(new Option('--members', 'its members and their partitions').conflicts(['state', 'json']))
    .addOption(new Option('--state', 'its state and coordinator').conflicts(['members', 'json']))
    .option('--json', 'all of it, one JSON object per group')
    .action((names: string[], flags: DescribeFlags) => describe(names, flags, host))
  const targets = ['toEarliest', 'toLatest', 'toCurrent', 'toOffset', 'shiftBy', 'toDatetime', 'byDuration']
  const target = (flags: string, description: string, own: string): Option => new Option(flags, description).conflicts(targets.filter((other) => other !== own))
  withClusterOptions(groups.command('reset'))
    .description('Set the offsets of a group without members. Shows what it would do; --execute does it.')
    .argument('<group>', 'name; one that does not exist is made', filled)
    .option('--topic <topic[:p,p]>', 'which partitions; may be given often', parseTopicPart)
    .addOption(new Option('--all-topics', 'all partitions the group has committed').conflicts('topic'))
    .addOption(target('--to-earliest', 'to the first record', 'toEarliest'))
    .addOption(target('--to-latest', 'behind the last record', 'toLatest'))
    .addOption(target('--to-current', 'to where it is', 'toCurrent'))
    .addOption(target('--to-offset <n>', 'to this offset', 'toOffset').argParser(numberParser('--to-offset', 0)))
    .addOption(target('--shift-by <n>', 'forward by so many records, or back when negative', 'shiftBy').argParser(parseShift))
    .addOption(target('--to-datetime <time>', 'to the first record at or after a time, like 2026-01-31T08:00Z', 'toDatetime').argParser(parseTime))
    .addOption(target('--by-duration <duration>', 'to the first record younger than this, like PT1H30M', 'byDuration').argParser(parseAgo))
    .addOption(new Option('--dry-run', 'only show it; the default').conflicts('execute'))
    .option('--execute', 'do it')
    .option('--json', 'one JSON object per partition')
    .action((group: string, flags: ResetFlags) => resetOffsets(group, flags, host))
  withClusterOptions(groups.command('delete'))
    .description('Delete groups without members, and their offsets.')
    .argument('<group...>', 'names')
    .action(async (names: string[], flags: ClusterFlags) => withCluster(flags, host, async (administration) => {
      for (const name of names) {
        await deleteGroup(administration, name)
        host.print(`Deleted group ${name}.\n`)
      }
    }))
}

async function list(flags: ListFlags, host: ToolHost): Promise<void> {
  await withCluster(flags, host, async (administration) => {
    const groups = await listGroups(administration)
    if (flags.json === true) host.print(groups.map((group) => `${JSON.stringify(group)}\n`).join(''))
    else if (flags.state === true) host.print(columns([['GROUP', 'STATE'], ...groups.map(({ group, state }) => [group, state])]))
    else host.print(groups.map(({ group }) => `${group}\n`).join(''))
  })
}

async function describe(names: readonly string[], flags: DescribeFlags, host: ToolHost): Promise<void> {
  await withCluster(flags, host, async (administration) => {
    for (const name of names) {
      const group = await describeGroup(administration, name)
      if (flags.state === true) host.print(stateText(group))
      else if (flags.members === true) {
        sayEmpty(group, host)
        host.print(membersText(group))
      } else {
        const offsets = await offsetsOf(administration, name, group.members)
        if (flags.json === true) host.print(`${JSON.stringify({ ...group, offsets: offsets.map(({ topic, partition, committed = null, end = null, member }) => ({ topic, partition, committed, end, lag: lagOf(committed ?? undefined, end ?? undefined) ?? null, memberId: member?.memberId ?? null })) })}\n`)
        else {
          sayEmpty(group, host)
          host.print(offsetsText(name, offsets))
        }
      }
    }
  })
}

function sayEmpty({ group, state, members }: GroupDescription, host: ToolHost): void {
  if (members.length > 0) return
  host.note(state === 'Empty' || state === 'Dead'
    ? `Consumer group '${group}' has no active members.`
    : `Consumer group '${group}' is ${state}; its members are not shown, for it is of the newer consumer protocol.`)
}

/** Of all partitions it has committed or given to a member, by name. */
async function offsetsOf(administration: Administration, group: string, members: Awaited<ReturnType<typeof describeGroup>>['members']): Promise<GroupOffset[]> {
  const { cluster, clock, patienceMs } = administration
  const committed = await committedOffsets(administration, group)
  const owners = new Map(members.flatMap((member) => member.partitions.map((partition) => [partition, member] as const)))
  const existing = new Set((await listTopics(administration)).flatMap(({ name, partitions }) => partitions.map(({ partition }) => partitionName(name, partition))))
  const names = [...new Set([...committed.keys(), ...owners.keys()])]
  const there = names.filter((name) => existing.has(name))
  await cluster.refreshMetadata(there.map((name) => splitPartition(name).topic))
  const ends = there.length === 0 ? new Map<string, number>() : await kafkajsOffsets(cluster, clock, patienceMs).offsets(there, 'latest', 'read_uncommitted')
  return names.map((name) => ({ ...splitPartition(name), committed: committed.get(name), end: ends.get(name), member: owners.get(name) }))
    .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
}
