import { MillraceError } from '../errors.ts'
import type { Administration } from '../kafka/admin/administer.ts'
import { committedOffsets, describeGroup, writeOffsets } from '../kafka/admin/groups.ts'
import { planReset } from '../kafka/admin/offset-reset.ts'
import type { PartitionState, ResetTarget } from '../kafka/admin/offset-reset.ts'
import { describeTopics } from '../kafka/admin/topics.ts'
import { kafkajsOffsets } from '../kafka/kafkajs-offsets.ts'
import { partitionName, splitPartition } from '../kafka/partition-name.ts'
import { columns } from './columns.ts'
import type { TopicPart } from './parse-reset.ts'
import { withCluster } from './tool-cluster.ts'
import type { ClusterFlags } from './tool-cluster.ts'
import type { ToolHost } from './tool-host.ts'

export interface ResetFlags extends ClusterFlags {
  readonly topic?: readonly TopicPart[]
  readonly allTopics?: true
  readonly toEarliest?: true
  readonly toLatest?: true
  readonly toCurrent?: true
  readonly toOffset?: number
  readonly shiftBy?: number
  /** Ms since 1970. */
  readonly toDatetime?: number
  /** Ms. */
  readonly byDuration?: number
  readonly execute?: true
  readonly json?: true
}

/** `millrace groups reset`: shows the new offsets, and with `--execute` writes them. */
export async function resetOffsets(group: string, flags: ResetFlags, host: ToolHost): Promise<void> {
  const target = targetOf(flags, host.clock.now())
  await withCluster(flags, host, async (administration) => {
    await refuseActive(administration, group)
    const committed = await committedOffsets(administration, group)
    const partitions = await partitionsOf(administration, flags, [...committed.keys()])
    const planned = planReset(target, await statesOf(administration, partitions, committed, target))
    for (const { partition, offset, wanted } of planned) {
      if (wanted !== undefined) host.note(`${partition} does not reach to offset ${wanted}: ${offset} is taken instead`)
    }
    if (flags.execute === true) await writeOffsets(administration, group, new Map(planned.map(({ partition, offset }) => [partition, offset])))
    const rows = planned.map(({ partition, offset }) => ({ group, ...splitPartition(partition), offset }))
    if (flags.json === true) host.print(rows.map((row) => `${JSON.stringify({ ...row, executed: flags.execute === true })}\n`).join(''))
    else {
      host.print(`\n${columns([['GROUP', 'TOPIC', 'PARTITION', 'NEW-OFFSET'], ...rows.map(({ topic, partition, offset }) => [group, topic, partition, offset])])}`)
      if (flags.execute !== true) host.note('Nothing was changed: this shows what --execute would do.')
    }
  })
}

function targetOf(flags: ResetFlags, nowMs: number): ResetTarget {
  if (flags.toEarliest === true) return { to: 'earliest' }
  if (flags.toLatest === true) return { to: 'latest' }
  if (flags.toCurrent === true) return { to: 'current' }
  if (flags.toOffset !== undefined) return { to: 'offset', offset: flags.toOffset }
  if (flags.shiftBy !== undefined) return { to: 'shift', by: flags.shiftBy }
  if (flags.toDatetime !== undefined) return { to: 'time', timestampMs: flags.toDatetime }
  if (flags.byDuration !== undefined) return { to: 'time', timestampMs: nowMs - flags.byDuration }
  throw new MillraceError('MR_OPTIONS_INVALID', 'it is not said where the offsets should go', {
    remedy: 'say one of --to-earliest, --to-latest, --to-current, --to-offset, --shift-by, --to-datetime, --by-duration',
  })
}

/** A group that does not exist has no members either. */
async function refuseActive(administration: Administration, group: string): Promise<void> {
  const { state, members } = await describeGroup(administration, group).catch((thrown: unknown) => {
    if (thrown instanceof MillraceError && thrown.code === 'MR_KAFKA_GROUP_UNKNOWN') return { state: 'Dead', members: [] }
    throw thrown
  })
  if (state === 'Empty' || state === 'Dead') return
  throw new MillraceError('MR_KAFKA_GROUP_ACTIVE', `offsets can only be set while group ${group} has no members; it is ${state} with ${members.length}`, {
    place: { at: administration.cluster.bootstrap },
    remedy: 'stop all members of the group first',
  })
}

async function partitionsOf(administration: Administration, { topic: parts, allTopics }: ResetFlags, committed: readonly string[]): Promise<string[]> {
  if (parts === undefined && allTopics !== true) throw new MillraceError('MR_OPTIONS_INVALID', 'no partitions are named', { remedy: 'say --topic NAME, --topic NAME:0,2 or --all-topics' })
  const wanted = parts ?? [...new Set(committed.map((name) => splitPartition(name).topic))].map((topic) => ({ topic, partitions: undefined }))
  if (wanted.length === 0) throw new MillraceError('MR_OPTIONS_INVALID', 'the group has committed no offsets', { remedy: 'name the partitions with --topic' })
  const topics = new Map((await describeTopics(administration, wanted.map(({ topic }) => topic))).map(({ name, partitions }) => [name, partitions.map(({ partition }) => partition)]))
  return [...new Set(wanted.flatMap(({ topic, partitions }) => {
    const existing = topics.get(topic)!
    const missing = partitions?.find((partition) => !existing.includes(partition))
    if (missing !== undefined) {
      throw new MillraceError('MR_KAFKA_TOPIC_UNKNOWN', `${topic} has ${existing.length} partition${existing.length === 1 ? '' : 's'}, counted from 0: there is no partition ${missing}`, {
        place: { partition: partitionName(topic, missing) },
        remedy: `name partitions from 0 to ${existing.length - 1}`,
      })
    }
    return (partitions ?? existing).map((partition) => partitionName(topic, partition))
  }))]
}

async function statesOf({ cluster, clock, patienceMs }: Administration, partitions: readonly string[], committed: ReadonlyMap<string, number>, target: ResetTarget): Promise<PartitionState[]> {
  await cluster.refreshMetadata(partitions.map((name) => splitPartition(name).topic))
  const log = kafkajsOffsets(cluster, clock, patienceMs)
  const [earliest, latest, atTime] = await Promise.all([
    log.offsets(partitions, 'earliest', 'read_uncommitted'),
    log.offsets(partitions, 'latest', 'read_uncommitted'),
    target.to === 'time' ? log.offsets(partitions, target, 'read_uncommitted') : new Map<string, number>(),
  ])
  return partitions.map((partition) => ({
    partition,
    range: { earliest: earliest.get(partition)!, latest: latest.get(partition)! },
    committed: committed.get(partition),
    atTime: atTime.get(partition),
  }))
}
