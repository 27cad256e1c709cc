import { readFileSync } from 'node:fs'
import { Option } from 'commander'
import type { Command } from 'commander'
import { MillraceError } from '../errors.ts'
import type { Administration } from '../kafka/admin/administer.ts'
import { movingPartitions, moveReplicas } from '../kafka/admin/reassignments.ts'
import { parsePlan, parseTopicsToMove, planText, proposePlan } from '../kafka/admin/replica-plan.ts'
import type { ReplicaPlan } from '../kafka/admin/replica-plan.ts'
import { describeTopics } from '../kafka/admin/topics.ts'
import type { TopicLayout } from '../kafka/admin/topics.ts'
import { partitionName } from '../kafka/partition-name.ts'
import { filled } from './filled.ts'
import { gather } from './gather.ts'
import { withCluster, withClusterOptions } from './tool-cluster.ts'
import type { ClusterFlags } from './tool-cluster.ts'
import type { ToolHost } from './tool-host.ts'

interface GenerateFlags extends ClusterFlags {
  readonly topic?: readonly string[]
  readonly topicsToMoveJsonFile?: string
  readonly brokerList?: readonly number[]
  readonly json?: true
}

interface PlanFlags extends ClusterFlags {
  readonly reassignmentJsonFile: string
  readonly json?: true
}

/** `millrace reassign …`: what kafka-reassign-partitions does. */
export function addReassignCommand(program: Command, host: ToolHost): void {
  const reassign = program.command('reassign').description('Move replicas of partitions to other brokers.')
  withClusterOptions(reassign.command('generate'))
    .description('Propose how to spread topics evenly over brokers; changes nothing.')
    .option('--topic <name>', 'a topic to move; may be given often', gather)
    .addOption(new Option('--topics-to-move-json-file <file>', 'the topics, as {"version":1,"topics":[{"topic":"…"}]}').argParser(filled).conflicts('topic'))
    .option('--broker-list <ids>', 'node ids to spread over: 1,2,3; default: all', parseBrokers)
    .option('--json', 'one JSON object with current and proposed')
    .action((flags: GenerateFlags) => generate(flags, host))
  withClusterOptions(reassign.command('execute'))
    .description('Begin to move replicas; the brokers go on by themselves.')
    .requiredOption('--reassignment-json-file <file>', 'the proposal of generate', filled)
    .action((flags: PlanFlags) => execute(flags, host))
  withClusterOptions(reassign.command('verify'))
    .description('Tell how far a move has come.')
    .requiredOption('--reassignment-json-file <file>', 'what was executed', filled)
    .option('--json', 'one JSON object per partition')
    .action((flags: PlanFlags) => verify(flags, host))
}

async function generate(flags: GenerateFlags, host: ToolHost): Promise<void> {
  const { topicsToMoveJsonFile: file, topic: named } = flags
  const names = file === undefined ? named : parseTopicsToMove(readText(file), file)
  if (names === undefined) throw new MillraceError('MR_OPTIONS_INVALID', 'no topics are named', { remedy: 'say --topic NAME or --topics-to-move-json-file FILE' })
  await withCluster(flags, host, async (administration) => {
    const topics = await describeTopics(administration, [...new Set(names)])
    const nodes = nodesOf(administration)
    refuseUnknownNodes(flags.brokerList ?? [], nodes)
    const current = currentPlan(topics)
    const proposed = proposePlan(topics, flags.brokerList ?? nodes)
    if (nodes.length === 1) host.note(`The cluster has one node, ${nodes[0]}: there is nowhere else to move partitions to.`)
    host.print(flags.json === true
      ? `{"current":${planText(current)},"proposed":${planText(proposed)}}\n`
      : `Current partition replica assignment\n${planText(current)}\n\nProposed partition reassignment configuration\n${planText(proposed)}\n`)
  })
}

async function execute(flags: PlanFlags, host: ToolHost): Promise<void> {
  const plan = readPlan(flags)
  await withCluster(flags, host, async (administration) => {
    const topics = await planned(administration, plan)
    refuseUnknownNodes(plan.flatMap(({ replicas }) => replicas), nodesOf(administration))
    const wanted = new Set(plan.map(nameOf))
    const before = currentPlan(topics).filter((each) => wanted.has(nameOf(each)))
    await moveReplicas(administration, plan)
    host.print(`Current partition replica assignment\n\n${planText(before)}\n\nSave this to use as the --reassignment-json-file option during rollback\n`)
    host.print(`Successfully started partition reassignment${plan.length === 1 ? '' : 's'} for ${plan.map(({ topic, partition }) => `${topic}-${partition}`).join(',')}\n`)
  })
}

async function verify(flags: PlanFlags, host: ToolHost): Promise<void> {
  const plan = readPlan(flags)
  await withCluster(flags, host, async (administration) => {
    const moving = await movingPartitions(administration)
    const current = new Map(currentPlan(await planned(administration, plan)).map((each) => [nameOf(each), each.replicas]))
    if (flags.json !== true) host.print('Status of partition reassignment:\n')
    for (const each of plan) {
      const { topic, partition, replicas } = each
      const now = current.get(nameOf(each))!
      const status = moving.has(nameOf(each)) ? 'in progress' : now.join() === replicas.join() ? 'completed' : 'differs'
      host.print(flags.json === true ? `${JSON.stringify({ topic, partition, status, replicas: now, wanted: replicas })}\n` : `${statusText[status](`${topic}-${partition}`, now, replicas)}\n`)
    }
  })
}

/** The sentences of Kafka's tool. */
const statusText: Readonly<Record<'in progress' | 'completed' | 'differs', (name: string, now: readonly number[], wanted: readonly number[]) => string>> = {
  'in progress': (name) => `Reassignment of partition ${name} is still in progress.`,
  'completed': (name) => `Reassignment of partition ${name} is completed.`,
  'differs': (name, now, wanted) => `There is no active reassignment of partition ${name}, but replica set is ${now.join(',')} rather than ${wanted.join(',')}.`,
}

/** The topics of the plan. Throws for topics and partitions that do not exist. */
async function planned(administration: Administration, plan: ReplicaPlan): Promise<TopicLayout[]> {
  const topics = await describeTopics(administration, [...new Set(plan.map(({ topic }) => topic))])
  const existing = new Set(currentPlan(topics).map(nameOf))
  const missing = plan.find((each) => !existing.has(nameOf(each)))
  if (missing === undefined) return topics
  throw new MillraceError('MR_KAFKA_TOPIC_UNKNOWN', `${missing.topic} has no partition ${missing.partition}`, { place: { partition: nameOf(missing) }, remedy: 'correct the file' })
}

function refuseUnknownNodes(wanted: readonly number[], nodes: readonly number[]): void {
  const unknown = [...new Set(wanted)].filter((node) => !nodes.includes(node))
  if (unknown.length === 0) return
  const cluster = nodes.length === 1 ? `the cluster has one node, ${nodes[0]}` : `the cluster has the nodes ${nodes.join(', ')}`
  throw new MillraceError('MR_KAFKA_LAYOUT_INVALID', `${cluster}; there is no ${unknown.join(', ')}`, { remedy: `name nodes of the cluster: ${nodes.join(',')}` })
}

function currentPlan(topics: readonly TopicLayout[]): ReplicaPlan {
  return topics.flatMap(({ name, partitions }) => partitions.map(({ partition, replicas }) => ({ topic: name, partition, replicas })))
}

function nodesOf({ cluster }: Administration): number[] {
  return cluster.brokers().map(({ nodeId }) => nodeId).sort((a, b) => a - b)
}

function nameOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return partitionName(topic, partition)
}

function readPlan({ reassignmentJsonFile: file }: PlanFlags): ReplicaPlan {
  return parsePlan(readText(file), file)
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new MillraceError('MR_OPTIONS_INVALID', 'the file cannot be read', { place: { at: file }, cause: error, remedy: 'correct the path; it starts at the working directory' })
  }
}

function parseBrokers(text: string): number[] {
  if (/^\d{1,9}(,\d{1,9})*$/.test(text)) return [...new Set(text.split(',').map(Number))]
  throw new MillraceError('MR_OPTIONS_INVALID', `--broker-list: "${text}" is no list of node ids`, { remedy: 'write it like --broker-list 1,2,3' })
}
