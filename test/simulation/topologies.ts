import { sleep } from '../../src/base/clock.ts'
import { splitText } from '../../src/bolts/index.ts'
import type { Grouping } from '../../src/grouping/grouping.ts'
import { decodeUtf8 } from '../../src/kafka/decoder.ts'
import { kafkaSpout } from '../../src/kafka/kafka-spout.ts'
import { KafkaSpoutTask } from '../../src/kafka/spout-task.ts'
import { redisCounter, redisSink } from '../../src/redis/index.ts'
import type { BoltCollector, BoltDefinition, BoltTask } from '../../src/topology/bolt.ts'
import type { SpoutDefinition } from '../../src/topology/spout.ts'
import type { Component, ComponentOptions, Topology } from '../../src/topology/topology.ts'
import type { Tuple } from '../../src/tuple/fields.ts'
import { type Chance, mixed } from './chance.ts'
import { topic } from './kafka-model.ts'
import { rareMark } from './log-model.ts'
import { requestTimeoutMs } from './settings.ts'
import type { SimulationConnections } from './simulated-process.ts'

export const topologyName = 'sim'

/** Result keys. */
export const results = { words: 'words', records: 'records', rare: 'rare', log: 'log' } as const

/** What makes one topology different from another. */
export interface Shape {
  readonly split: 'at once' | 'in batches' | 'later' | 'failing' | 'failing later'
  /** How the words come to their counter. */
  readonly grouping: Grouping
  /** The counter is mergeable, and stands in front of the hop. */
  readonly mergeable: boolean
  /** Another bolt between the two, behind a hop of its own. */
  readonly between: boolean
  /** Each record is also put on one list. */
  readonly listed: boolean
  /** Components take up to so long to open. */
  readonly openMs: number
  readonly maxConcurrency: number
  readonly tasks: number | undefined
}

export function anyShape(chance: Chance): Shape {
  return {
    split: chance.one(['at once', 'in batches', 'later', 'failing', 'failing later']),
    grouping: chance.one<Grouping>([{ kind: 'fields', fields: ['word'] }, { kind: 'fields', fields: ['word'] }, { kind: 'shuffle' }, { kind: 'partial-key', fields: ['word'] }, { kind: 'global' }]),
    mergeable: chance.happens(0.4),
    between: chance.happens(0.3),
    listed: chance.happens(0.5),
    openMs: chance.one([0, 0, 30, 200, 500]),
    maxConcurrency: chance.between(1, 4),
    tasks: chance.happens(0.3) ? chance.between(1, 4) : undefined,
  }
}

/** A topology that counts what `tally.ts` counts too. */
export function topologyOf(shape: Shape): Topology {
  const { between, grouping, maxConcurrency, tasks } = shape
  const several: ComponentOptions = { maxConcurrency, ...(tasks === undefined ? {} : { tasks }) }
  const components: Component[] = [
    { kind: 'spout', id: 'read', options: {}, definition: spout },
    bolt('split', splitter(shape), 'read', { kind: 'shuffle' }, { maxConcurrency, retries: 3, retryBackoffMs: 5 }),
    bolt('records', redisSink(countRecord, { mergeable: true, keys: [results.records, results.rare] }) as BoltDefinition, 'read', { kind: 'shuffle' }),
  ]
  if (between) components.push(bolt('between', passOn, 'split', { kind: 'fields', fields: ['word'] }, several))
  const counter = redisCounter({ key: results.words, field: 'word' }) as unknown as BoltDefinition
  components.push(bolt('count', { ...counter, mergeable: shape.mergeable }, between ? 'between' : 'split', grouping, several))
  if (shape.listed) components.push(bolt('list', redisSink(listRecord, { keys: [results.log] }) as BoltDefinition, 'read', { kind: 'global' }))
  return { name: topologyName, components }
}

function bolt(id: string, definition: BoltDefinition, source: string, grouping: Grouping, options: ComponentOptions = {}): Component {
  return { kind: 'bolt', id, definition, options, inputs: [{ source, stream: 'default', grouping }] }
}

const spout: SpoutDefinition = {
  ...kafkaSpout({ topic, value: 'utf8' }),
  createTask: (context) => {
    const { kafkaLink } = context.connections as unknown as SimulationConnections
    return new KafkaSpoutTask(context, {
      isolation: 'read_committed', maxWaitMs: 300, minBytes: 1, maxBytes: 100_000, maxPartitionBytes: 400, maxHeldBytes: 1_000, requestTimeoutMs,
      text: true, decodeValue: decodeUtf8, decodeKey: undefined, nullable: false, checkCrcs: true, maxRecordBytes: 10_000, maxBatchBytes: 100_000,
    }, () => ({ port: kafkaLink.fetchPort(), release: () => {} }))
  },
}

function place({ partition, offset }: Tuple): string {
  return `${String(partition)}@${String(offset)}`
}

const countRecord = (tuple: Tuple, redis: { hincrby(key: string, field: string, n: number): void }): void => {
  redis.hincrby(results.records, String(tuple['partition']), 1)
  if ((tuple['value'] as string).endsWith(rareMark)) redis.hincrby(results.rare, place(tuple), 1)
}

const listRecord = (tuple: Tuple, redis: { rpush(key: string, value: string): void }): void => redis.rpush(results.log, place(tuple))

const passOn: BoltDefinition = {
  role: 'bolt',
  streams: { default: { word: 'string' } },
  createTask: () => ({ execute: (tuple, out) => out.emit({ word: tuple['word'] }) }),
}

function splitter({ openMs, split: kind }: Shape): BoltDefinition {
  if (kind === 'in batches') return splitText({ field: 'value', as: 'word' }) as unknown as BoltDefinition
  return {
    role: 'bolt',
    streams: { default: { word: 'string' } },
    createTask: ({ clock, connections }) => {
      const { seed } = connections as unknown as SimulationConnections
      const prepare = openMs === 0 ? () => {} : () => sleep(clock, mixed(seed, clock.monotonic()) % openMs)
      if (kind === 'at once') return { prepare, execute: split }
      const failing = new Failing(seed)
      const wait = (tuple: Tuple) => sleep(clock, (mixed(seed, tuple['offset'] as number, 2) % 40) / 4)
      const task: BoltTask = {
        prepare,
        execute(tuple, out) {
          split(tuple, out)
          if (kind === 'failing') return failing.look(tuple)
          return wait(tuple).then(() => {
            if (kind === 'failing later') failing.look(tuple)
          })
        },
      }
      return task
    },
  }
}

function split(tuple: Tuple, out: BoltCollector): void {
  for (const word of (tuple['value'] as string).split(' ')) out.emit({ word })
}

/** Fails some tuples, up to twice each, after they have emitted. */
class Failing {
  readonly #seed: number
  readonly #failed = new Map<string, number>()

  constructor(seed: number) {
    this.#seed = seed
  }

  look(tuple: Tuple): void {
    const at = place(tuple)
    const times = this.#failed.get(at) ?? 0
    const hash = mixed(this.#seed, tuple['partition'] as number, tuple['offset'] as number, 3)
    if (hash % 7 !== 0 || times > hash % 2) return
    this.#failed.set(at, times + 1)
    throw new Error('this time it fails')
  }
}
