import * as v from 'valibot'
import { MillraceError } from '../../errors.ts'

/** Which brokers should have which partitions; the first replica of each is the preferred leader. */
export type ReplicaPlan = readonly PlannedPartition[]

export interface PlannedPartition {
  readonly topic: string
  readonly partition: number
  /** Node ids. */
  readonly replicas: readonly number[]
}

const nodeId = v.pipe(v.number(), v.integer(), v.minValue(0))

const topicsSchema = v.object({ version: v.literal(1), topics: v.pipe(v.array(v.object({ topic: v.string() })), v.minLength(1, 'names no topic')) })
const planSchema = v.object({
  version: v.literal(1),
  partitions: v.pipe(v.array(v.object({ topic: v.string(), partition: nodeId, replicas: v.pipe(v.array(nodeId), v.minLength(1, 'needs at least one broker')) })), v.minLength(1, 'names no partition')),
})

/** Kafka's file of topics to move: `{"version":1,"topics":[{"topic":"sentences"}]}`. */
export function parseTopicsToMove(text: string, file: string): string[] {
  return parse(topicsSchema, text, file, '{"version":1,"topics":[{"topic":"sentences"}]}').topics.map(({ topic }) => topic)
}

/** Kafka's file of a reassignment; a partition may come once, and a broker once in it. */
export function parsePlan(text: string, file: string): ReplicaPlan {
  const { partitions } = parse(planSchema, text, file, '{"version":1,"partitions":[{"topic":"sentences","partition":0,"replicas":[1,2]}]}')
  const seen = new Set<string>()
  for (const { topic, partition, replicas } of partitions) {
    const name = `${topic}-${partition}`
    if (seen.has(name)) throw fault(file, `${name} is there twice`)
    if (new Set(replicas).size < replicas.length) throw fault(file, `${name} names a broker twice`)
    seen.add(name)
  }
  return partitions.map(({ topic, partition, replicas }) => ({ topic, partition, replicas }))
}

/** The plan in Kafka's form, on one line. */
export function planText(plan: ReplicaPlan): string {
  return JSON.stringify({ version: 1, partitions: plan.map(({ topic, partition, replicas }) => ({ topic, partition, replicas, log_dirs: replicas.map(() => 'any') })) })
}

/**
 * Spreads leaders and followers evenly over the brokers, by turns: partition p begins at broker
 * `first + p`, and its followers keep a distance from it that grows with each round, so that the
 * partitions of one broker have their followers on all others.
 * Throws MR_KAFKA_LAYOUT_INVALID when there are fewer brokers than replicas.
 */
export function proposePlan(topics: readonly { readonly name: string; readonly partitions: readonly { readonly partition: number; readonly replicas: readonly number[] }[] }[], brokers: readonly number[]): ReplicaPlan {
  let first = 0
  return topics.flatMap(({ name, partitions }) => {
    const start = first++
    return partitions.map(({ partition, replicas }, index) => {
      if (replicas.length > brokers.length) {
        throw new MillraceError('MR_KAFKA_LAYOUT_INVALID', `${name} has ${replicas.length} replicas of each partition, more than the ${brokers.length} broker${brokers.length === 1 ? '' : 's'} named`, {
          place: { at: name },
          remedy: 'name at least as many brokers as replicas in --broker-list',
        })
      }
      return { topic: name, partition, replicas: replicas.map((_, replica) => brokers[turn(start + index, replica, brokers.length)]!) }
    })
  })
}

function turn(partition: number, replica: number, brokers: number): number {
  const leader = partition % brokers
  if (replica === 0) return leader
  const shift = Math.floor(partition / brokers) + replica - 1
  return (leader + 1 + (shift % (brokers - 1))) % brokers
}

function parse<Schema extends v.GenericSchema>(schema: Schema, text: string, file: string, form: string): v.InferOutput<Schema> {
  let written: unknown
  try {
    written = JSON.parse(text)
  } catch (error) {
    throw fault(file, 'it is no JSON', form, error)
  }
  const result = v.safeParse(schema, written)
  if (result.success) return result.output
  throw fault(file, result.issues.map((issue) => `${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`).join('; '), form)
}

function fault(file: string, what: string, form?: string, cause?: unknown): MillraceError {
  return new MillraceError('MR_OPTIONS_INVALID', what, {
    place: { at: file },
    ...(form === undefined ? {} : { remedy: `write it like ${form}` }),
    ...(cause === undefined ? {} : { cause }),
  })
}
