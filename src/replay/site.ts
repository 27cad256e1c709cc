import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { MillraceError } from '../errors.ts'
import type { ConnectorContext, Connections } from '../topology/connector.ts'
import type { Generation, Generations, GenerationState } from '../topology/generations.ts'
import { refsByModule } from '../topology/refs-by-module.ts'
import type { SourceLog } from '../topology/source-log.ts'
import type { TopologyDescription } from '../topology/topology.ts'
import { LogUnion } from './log-union.ts'
import { atTime, planReplay, type PartitionFacts, type ReplayPlan } from './plan.ts'
import type { ReplayWish } from './wish.ts'

export interface SiteOptions {
  readonly description: TopologyDescription
  readonly connections: Connections
  readonly instance: string
  readonly clock: Clock
  readonly log: Logger
}

/** A topology's results and the logs they are made of, looked at from outside: nothing of it runs here. */
export interface Site {
  readonly topology: string
  readonly description: TopologyDescription
  readonly generations: Generations
  readonly logs: SourceLog
  readonly clock: Clock
  readonly log: Logger
  /** See {@link forgetReaders}. */
  forget(generation: BesideGeneration): Promise<void>
  close(): Promise<void>
}

type BesideGeneration = Exclude<Generation, 'live'>

/** Connects to the store. */
export async function openGenerations(options: SiteOptions): Promise<Generations> {
  const { description } = options
  const [store] = refsByModule(description, 'store')
  if (store === undefined) throw noReplay(description.name, 'no bolt writes results anywhere')
  const { connectGenerations } = (await import(store[0])) as { connectGenerations?: (context: ConnectorContext) => Generations }
  if (connectGenerations === undefined) throw noReplay(description.name, 'what its sinks write to keeps one generation of results only')
  const generations = connectGenerations(contextOf(options, store[1]))
  try {
    await generations.open()
  } catch (error) {
    await generations.close()
    throw error
  }
  return generations
}

/** Connects to the store and to the logs. */
export async function openSite(options: SiteOptions): Promise<Site> {
  const { description, clock, log } = options
  const logs = new LogUnion(await logsOf(options))
  const generations = await openGenerations(options)
  const close = async () => {
    logs.close()
    await generations.close()
  }
  try {
    await logs.open()
  } catch (error) {
    await close()
    throw error
  }
  return { topology: description.name, description, generations, logs, clock, log, forget: (generation) => forgetReaders(options, generation), close }
}

/**
 * Deletes what those who read for a generation that is over have left where the records come from (Kafka: their
 * consumer group). Never rejects: what stays is a warning.
 */
export async function forgetReaders(options: SiteOptions, generation: BesideGeneration): Promise<void> {
  await Promise.all(Array.from(refsByModule(options.description, 'source'), async ([module, refs]) => {
    const { forgetReaders: forget } = (await import(module)) as { forgetReaders?: (context: ConnectorContext) => Promise<void> }
    await forget?.(contextOf(options, refs, generation))
  }))
}

/** What the wish comes to now. Changes nothing. Throws MR_REPLAY_REFUSED where no results are. */
export async function planHere(site: Site, wish: ReplayWish): Promise<{ readonly plan: ReplayPlan; readonly live: GenerationState }> {
  const { logs, clock } = site
  const live = await liveOf(site)
  const partitions = logs.partitions()
  const nowMs = clock.now()
  const [ranges, from, to] = await Promise.all([logs.ranges(partitions), since(site, wish.from, nowMs), since(site, wish.to, nowMs)])
  const facts = partitions.map((partition): PartitionFacts => ({
    partition,
    range: ranges.get(partition)!,
    start: live.starts.get(partition),
    position: live.positions.get(partition),
    atFrom: from.get(partition),
    atTo: to.get(partition),
  }))
  const plan = planReplay(wish, facts, nowMs)
  const times = await logs.times(plan.partitions.filter(({ records }) => records > 0).map(({ partition, from }) => ({ partition, offset: from })))
  return {
    live,
    plan: { ...plan, partitions: plan.partitions.map((one) => ({ ...one, ...(times.has(one.partition) ? { firstMs: times.get(one.partition)! } : {}) })) },
  }
}

export async function liveOf({ topology, generations }: Pick<Site, 'topology' | 'generations'>): Promise<GenerationState> {
  const live = (await generations.look()).get('live')
  if (live !== undefined) return live
  throw new MillraceError('MR_REPLAY_REFUSED', 'there are no results of this topology that could be replayed', {
    place: { topology },
    remedy: 'millrace run makes the first ones, with --from from anywhere; check that --redis is the one it writes to',
  })
}

function since({ logs }: Site, point: ReplayWish['to'], nowMs: number): Promise<ReadonlyMap<string, number>> {
  const timed = point === undefined ? undefined : atTime(point, nowMs)
  return typeof timed === 'object' && 'timestampMs' in timed ? logs.since(logs.partitions(), timed.timestampMs) : Promise.resolve(new Map())
}

async function logsOf(options: SiteOptions): Promise<SourceLog[]> {
  const { description } = options
  const own = description.components.find(({ kind, source }) => kind === 'spout' && source === undefined)
  if (own !== undefined) throw noReplay(description.name, `what the spout ${own.id} emitted is in no log`)
  return Promise.all(Array.from(refsByModule(description, 'source'), async ([module, refs]) => {
    const { connectLog } = (await import(module)) as { connectLog?: (context: ConnectorContext) => SourceLog }
    if (connectLog === undefined) throw noReplay(description.name, `what the spout ${refs[0]!.id} emitted cannot be read again`)
    return connectLog(contextOf(options, refs))
  }))
}

function contextOf({ description, connections, instance, clock, log }: SiteOptions, refs: readonly { readonly id: string; readonly ref: { readonly options: unknown } }[], generation: BesideGeneration = 'replay'): ConnectorContext {
  return {
    topology: description.name,
    fingerprint: description.fingerprint,
    code: description.code,
    generation,
    instance,
    connections,
    start: {},
    components: refs.map(({ id, ref }) => ({ component: id, tasks: 1, options: ref.options })),
    clock,
    log,
  }
}

function noReplay(topology: string, why: string): MillraceError {
  return new MillraceError('MR_REPLAY_REFUSED', `this topology cannot be replayed: ${why}`, { place: { topology }, remedy: 'replays need spouts that read Kafka and sinks that write to Redis' })
}
