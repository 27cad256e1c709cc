import type { Command } from 'commander'
import { MillraceError } from '../errors.ts'
import { alterTopicConfigs, describeTopicConfigs } from '../kafka/admin/topic-configs.ts'
import type { TopicSetting } from '../kafka/admin/topic-configs.ts'
import { addPartitions, checkAddPartitions, createTopic, deleteTopic, describeTopics, listTopics } from '../kafka/admin/topics.ts'
import { gather } from './gather.ts'
import { numberParser } from './parse-number.ts'
import { pairsParser } from './parse-pairs.ts'
import { withCluster, withClusterOptions } from './tool-cluster.ts'
import type { ClusterFlags } from './tool-cluster.ts'
import type { ToolHost } from './tool-host.ts'
import { topicData, topicText } from './topic-text.ts'

interface CreateFlags extends ClusterFlags {
  readonly partitions?: number
  readonly replicationFactor?: number
  readonly config?: Readonly<Record<string, string>>
  readonly ifNotExists?: true
}

interface ListFlags extends ClusterFlags {
  readonly excludeInternal?: true
  readonly json?: true
}

interface DescribeFlags extends ListFlags {
  readonly allConfigs?: true
}

interface AlterFlags extends ClusterFlags {
  readonly partitions?: number
  readonly config?: Readonly<Record<string, string>>
  readonly deleteConfig?: readonly string[]
}

interface DeleteFlags extends ClusterFlags {
  readonly ifExists?: true
}

/** `millrace topics …`: what kafka-topics and the topic part of kafka-configs do. */
export function addTopicsCommand(program: Command, host: ToolHost): void {
  const topics = program.command('topics').description('Create, list, describe, alter and delete topics.')
  withClusterOptions(topics.command('create'))
    .description('Create topics, and wait until their partitions have leaders.')
    .argument('<topic...>', 'names')
    .option('--partitions <n>', "default: the broker's num.partitions", numberParser('--partitions', 1, 0x7fff_ffff))
    .option('--replication-factor <n>', "default: the broker's default.replication.factor", numberParser('--replication-factor', 1, 0x7fff))
    .option('--config <name=value>', 'a setting of the topic by Kafka\'s name; may be given often', pairsParser('--config'))
    .option('--if-not-exists', 'leave those alone that exist')
    .action((names: string[], flags: CreateFlags) => create(names, flags, host))
  withClusterOptions(topics.command('list'))
    .description('List the names of topics.')
    .option('--exclude-internal', "leave out Kafka's own")
    .option('--json', 'one JSON object per topic')
    .action((flags: ListFlags) => list(flags, host))
  withClusterOptions(topics.command('describe'))
    .description('Show settings, leaders, replicas and replicas in sync.')
    .argument('[topic...]', 'names; default: all')
    .option('--exclude-internal', "leave out Kafka's own")
    .option('--all-configs', 'all settings, also those nobody has set')
    .option('--json', 'one JSON object per topic')
    .action((names: string[], flags: DescribeFlags) => describe(names, flags, host))
  withClusterOptions(topics.command('alter'))
    .description('Add partitions, change settings.')
    .argument('<topic>', 'name')
    .option('--partitions <n>', 'how many it has afterwards; only more than now', numberParser('--partitions', 1, 0x7fff_ffff))
    .option('--config <name=value>', 'a setting by Kafka\'s name; may be given often', pairsParser('--config'))
    .option('--delete-config <name>', "a setting that goes back to the broker's value; may be given often", gather)
    .action((name: string, flags: AlterFlags) => alter(name, flags, host))
  withClusterOptions(topics.command('delete'))
    .description('Delete topics and all their records.')
    .argument('<topic...>', 'names')
    .option('--if-exists', 'pass over those that do not exist')
    .action((names: string[], flags: DeleteFlags) => remove(names, flags, host))
}

async function create(names: readonly string[], flags: CreateFlags, host: ToolHost): Promise<void> {
  const { partitions, replicationFactor, config: configs, ifNotExists } = flags
  await withCluster(flags, host, async (administration) => {
    for (const name of names) {
      const made = await unless(ifNotExists, 'MR_KAFKA_TOPIC_EXISTS', createTopic(administration, { name, partitions, replicationFactor, configs }))
      host.print(made ? `Created topic ${name}.\n` : `Topic ${name} exists already.\n`)
    }
  })
}

async function list(flags: ListFlags, host: ToolHost): Promise<void> {
  await withCluster(flags, host, async (administration) => {
    for (const { name, internal, partitions } of await listTopics(administration)) {
      if (internal && flags.excludeInternal === true) continue
      host.print(flags.json === true ? `${JSON.stringify({ topic: name, internal, partitionCount: partitions.length })}\n` : `${name}\n`)
    }
  })
}

async function describe(names: readonly string[], flags: DescribeFlags, host: ToolHost): Promise<void> {
  await withCluster(flags, host, async (administration) => {
    const described = names.length === 0 ? await listTopics(administration) : await describeTopics(administration, names)
    const shown = described.filter(({ internal }) => !internal || flags.excludeInternal !== true)
    const settings = await describeTopicConfigs(administration, shown.map(({ name }) => name))
    const isShown = ({ isDefault }: TopicSetting): boolean => flags.allConfigs === true || !isDefault
    for (const topic of shown) {
      const own = (settings.get(topic.name) ?? []).filter(isShown)
      host.print(flags.json === true ? `${JSON.stringify(topicData(topic, own))}\n` : topicText(topic, own))
    }
  })
}

async function alter(name: string, flags: AlterFlags, host: ToolHost): Promise<void> {
  const { partitions, config: set = {}, deleteConfig: remove = [] } = flags
  const settings = Object.keys(set).length + remove.length
  const both = remove.find((each) => each in set)
  if (both !== undefined) throw new MillraceError('MR_OPTIONS_INVALID', `${both} is to be set and deleted at once`, { remedy: 'name it with --config or with --delete-config' })
  if (partitions === undefined && settings === 0) {
    throw new MillraceError('MR_OPTIONS_INVALID', 'nothing is to be altered', { remedy: 'say --partitions, --config or --delete-config' })
  }
  await withCluster(flags, host, async (administration) => {
    await describeTopics(administration, [name])
    // Partitions last, for they cannot be taken back; but settings only when the partitions will not be refused.
    if (settings > 0) {
      if (partitions !== undefined) await checkAddPartitions(administration, name, partitions)
      await alterTopicConfigs(administration, name, { set, remove })
      host.print(`Completed updating config for topic ${name}.\n`)
    }
    if (partitions !== undefined) {
      await addPartitions(administration, name, partitions)
      host.print(`Topic ${name} has ${partitions} partitions now.\n`)
    }
  })
}

async function remove(names: readonly string[], flags: DeleteFlags, host: ToolHost): Promise<void> {
  await withCluster(flags, host, async (administration) => {
    for (const name of names) {
      const gone = await unless(flags.ifExists, 'MR_KAFKA_TOPIC_UNKNOWN', deleteTopic(administration, name))
      host.print(gone ? `Deleted topic ${name}.\n` : `Topic ${name} does not exist.\n`)
    }
  })
}

/** False when the work failed with the code that is to be passed over. */
async function unless(passedOver: boolean | undefined, code: MillraceError['code'], work: Promise<void>): Promise<boolean> {
  try {
    await work
    return true
  } catch (thrown) {
    if (passedOver === true && thrown instanceof MillraceError && thrown.code === code) return false
    throw thrown
  }
}
