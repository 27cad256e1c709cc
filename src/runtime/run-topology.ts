import type { Clock } from '../base/clock.ts'
import { failing, failpoint, failpointNow } from '../base/failpoint.ts'
import type { Logger } from '../base/logger.ts'
import { asMillraceError, MillraceError } from '../errors.ts'
import { ComponentTotals } from '../metrics/component-totals.ts'
import type { MetricsSnapshot, TopologyState } from '../metrics/snapshot.ts'
import type { Window } from '../state/write-set.ts'
import type { CommitStore } from '../topology/commit-store.ts'
import type { ConnectorContext } from '../topology/connector.ts'
import type { Generation } from '../topology/generations.ts'
import type { Source } from '../topology/source.ts'
import type { TopologyDescription } from '../topology/topology.ts'
import { refsByModule } from '../topology/refs-by-module.ts'
import { Coordinator } from './coordinator.ts'
import { deadLetterPlace, refuseDeadLettersOf } from './dead-letter-policy.ts'
import { memoryCeiling } from './memory-ceiling.ts'
import { planTopology, type Plan } from './plan.ts'
import type { Retry } from './retry.ts'
import type { RunningGeneration } from './running-topology.ts'
import { SourceUnion } from './source-union.ts'
import type { CompiledOptions } from './submit-options.ts'
import { Supervisor } from './supervisor.ts'
import { connect as connectTasks } from './task-source.ts'
import type { FromWorker, TaskStanding } from './thread/protocol.ts'
import type { WorkerHost } from './worker-host.ts'

/** What a run stands on; a simulation brings its own. */
export interface Ground<Port> {
  readonly host: WorkerHost<Port>
  readonly clock: Clock
  readonly log: Logger
  newOwner(): string
  /** Loads the main-thread half of a connector: a module that exports `connect`. */
  connect(module: string): Promise<unknown>
}

/** A run whose results are not for readers yet: it begins at the positions that its generation has in the store. */
export interface RunBeside {
  readonly generation: Exclude<Generation, 'live'>
  /** Where to stop reading at first; absent partitions have no end. */
  readonly limits: ReadonlyMap<string, number>
  /** Records a second of all its processes together, at most. */
  readonly rate?: number
  /** Only results of windows inside this one are made. */
  readonly only?: Window
}

const stopGraceMs = 5000

/** Puts supervisor, coordinator, sources and store together and keeps them until the end. */
export async function runTopology<Port>(ground: Ground<Port>, options: CompiledOptions, beside?: RunBeside, retry?: Retry): Promise<RunningGeneration> {
  const run = new TopologyRun(ground, options, beside, retry)
  await run.start()
  return run
}

class TopologyRun<Port> implements RunningGeneration {
  readonly done: Promise<void>
  readonly #ground: Ground<Port>
  readonly #options: CompiledOptions
  readonly #beside: RunBeside | undefined
  readonly #retry: Retry | undefined
  readonly #supervisor: Supervisor<Port>
  readonly #startedAt: number
  readonly #totals = new Map<string, ComponentTotals>()
  readonly #standing = new Map<number, TaskStanding>()
  readonly #heapBytes: number[] = []
  #state: TopologyState = 'starting'
  #description: TopologyDescription | undefined
  #plan: Plan | undefined
  #coordinator: Coordinator | undefined
  #source: Source | undefined
  #store: CommitStore | undefined
  #metricsAttempt = 0
  #up!: (description: TopologyDescription) => void
  #notUp!: (error: MillraceError) => void
  #resolveDone!: () => void
  #rejectDone!: (error: MillraceError) => void
  #ending: Promise<void> | undefined

  constructor(ground: Ground<Port>, options: CompiledOptions, beside: RunBeside | undefined, retry: Retry | undefined) {
    this.#ground = ground
    this.#options = options
    this.#beside = beside
    this.#retry = retry
    this.#startedAt = ground.clock.monotonic()
    this.done = new Promise((resolve, reject) => {
      this.#resolveDone = resolve
      this.#rejectDone = reject
    })
    // Who never looks at `done` must not be ended by it; `state` tells as well.
    this.done.catch(() => {})
    this.#supervisor = new Supervisor(ground.host, ground.clock, ground.log, options, {
      up: (description) => {
        if (this.#description === undefined) this.#up(description)
        else this.#coordinator?.workersUp()
      },
      message: (worker, message) => this.#receive(worker, message),
      died: (worker, cause) => {
        // A file that ends its own thread while it loads will do so again.
        if (this.#description !== undefined) return this.#coordinator?.workerDied(worker, cause) ?? false
        this.#notUp(endedWhileLoading(cause))
        return false
      },
      failed: (error) => {
        if (this.#description === undefined) this.#notUp(error)
        else this.#fail(error)
      },
    })
  }

  get name(): string {
    return this.description.name
  }

  get description(): TopologyDescription {
    return this.#description!
  }

  get state(): TopologyState {
    return this.#state
  }

  async start(): Promise<void> {
    try {
      const up = new Promise<TopologyDescription>((resolve, reject) => {
        this.#up = resolve
        this.#notUp = reject
      })
      this.#supervisor.start()
      const description = await up
      this.#description = description
      this.#plan = planTopology(description, this.#options.workers)
      for (const { id } of description.components) this.#totals.set(id, new ComponentTotals())
      await this.#connect(description, this.#plan)
    } catch (error) {
      const failure = asMillraceError(error, 'MR_INTERNAL')
      this.#state = 'failed'
      this.#rejectDone(failure)
      await this.#release()
      throw failure
    }
  }

  activate(): void {
    if (this.#state !== 'deactivated') return
    this.#state = 'running'
    this.#coordinator?.setActive(true)
  }

  deactivate(): void {
    if (this.#state !== 'running') return
    this.#state = 'deactivated'
    this.#coordinator?.setActive(false)
  }

  limit(limits: ReadonlyMap<string, number>): void {
    this.#coordinator?.limit(limits)
  }

  drain(): Promise<void> {
    if (this.#state === 'running' || this.#state === 'deactivated' || this.#state === 'starting') {
      this.#state = 'draining'
      this.#ending = this.#drain().catch((error: unknown) => {
        this.#fail(asMillraceError(error, 'MR_INTERNAL'))
        throw error
      })
    }
    return this.#ending ?? this.done
  }

  kill(): Promise<void> {
    if (this.#state !== 'stopped' && this.#state !== 'failed') {
      this.#coordinator?.end()
      this.#state = 'stopped'
      this.#ending = this.#release().then(() => this.#resolveDone())
    }
    return this.#ending ?? Promise.resolve()
  }

  metrics(): MetricsSnapshot {
    const plan = this.#plan!
    const components = this.description.components.map(({ id, kind }) => {
      const tasks = plan.tasks.filter((task) => task.component === id)
      const standing = tasks.map(({ task }) => this.#standing.get(task))
      const sum = (of: 'queue' | 'lag') => standing.reduce((total, task) => total + (task?.[of] ?? 0), 0)
      return this.#totals.get(id)!.metrics({ component: id, kind, tasks: tasks.length, queue: sum('queue'), lag: sum('lag') })
    })
    return {
      topology: this.name,
      state: this.#state,
      uptimeMs: this.#ground.clock.monotonic() - this.#startedAt,
      components,
      commits: this.#coordinator!.metrics(),
      workers: Array.from({ length: plan.workers }, (_, worker) => ({
        worker,
        restarts: this.#supervisor.restartsOf(worker),
        heapBytes: this.#heapBytes[worker] ?? 0,
      })),
      memory: memoryCeiling(this.description, plan, this.#options),
    }
  }

  async #connect(description: TopologyDescription, plan: Plan): Promise<void> {
    const { clock, log } = this.#ground
    const spouts = description.components.filter(({ kind }) => kind === 'spout')
    const context = {
      topology: description.name,
      fingerprint: description.fingerprint,
      code: description.code,
      generation: this.#beside?.generation ?? 'live' as const,
      instance: this.#options.instance,
      connections: this.#options.connections,
      start: this.#options.start,
      ...(this.#retry === undefined ? {} : { retry: this.#retry.places }),
      clock,
      log,
    }
    const entry = (component: string, options: unknown) => ({
      component,
      options,
      tasks: plan.tasks.filter((task) => task.component === component).length,
    })

    const stores = refsByModule(description, 'store')
    const [storeModule] = stores.keys()
    if (storeModule === undefined) {
      throw new MillraceError('MR_TOPOLOGY_INVALID', 'no bolt writes results anywhere', { place: { topology: description.name }, remedy: 'add a sink, for example redisCounter' })
    }
    const loaded = await this.#load<CommitStore>(storeModule, { ...context, components: stores.get(storeModule)!.map(({ id, ref }) => entry(id, ref.options)) })
    const store = this.#retry?.store(loaded) ?? loaded
    this.#store = store
    const { known, generation = 1 } = await store.open()

    // Who counts beside the live results counts dead letters, too, and sends none.
    const deadLetters = context.generation === 'live' ? deadLetterPlace(description, this.#options.deadLetters.topic) : undefined
    const keepsNone = new Set(spouts.flatMap(({ id, source }) => (source === undefined ? [id] : [])))
    const sources: Source[] = []
    for (const [module, refs] of refsByModule(description, 'source')) {
      const source = await this.#load<Source>(module, { ...context, ...(deadLetters === undefined ? {} : { deadLetters }), components: refs.map(({ id, ref }) => entry(id, ref.options)) })
      sources.push(source)
      if (source.deadLetter === undefined) for (const { id } of refs) keepsNone.add(id)
    }
    const own = spouts.filter(({ source }) => source === undefined)
    // What has no topic has no dead letters to read again.
    if (own.length > 0 && this.#retry === undefined) sources.push(connectTasks({ components: own.map(({ id }) => entry(id, undefined)) }))
    refuseDeadLettersOf(description, keepsNone)
    const source = this.#retry?.source(sources) ?? new SourceUnion(sources)
    this.#source = source

    const { deadLetters: { perMinute, share }, epochs, guarantee, start, untilCaughtUp, workers } = this.#options
    const coordinator = new Coordinator({
      clock, log, store, source, plan,
      newOwner: () => this.#ground.newOwner(),
      options: {
        pace: epochs,
        storeStallMs: epochs.storeStallMs,
        behindStallMs: epochs.behindStallMs,
        bounds: { records: Math.ceil(epochs.maxRecords / workers), cells: Math.ceil(epochs.maxCells / workers), bytes: Math.ceil(epochs.maxBytes / workers) },
        untilCaughtUp,
        guarantee,
        start,
        known,
        generation,
        sendsDeadLetters: this.#retry !== undefined || deadLetters !== undefined,
        breaker: this.#retry === undefined ? { perMinute, share } : { perMinute: Infinity, share: 1 },
        onError: new Map(spouts.map(({ id, options }) => [id, options.onError ?? 'stop'])),
        limits: this.#beside?.limits ?? new Map(),
        rate: this.#beside?.rate,
        only: this.#beside?.only,
      },
      workersUp: () => this.#supervisor.isUp,
      attempt: (attempt) => this.#supervisor.attempt(attempt),
      broadcast: (message) => this.#supervisor.broadcast(message),
      deathsExplained: () => this.#supervisor.forgive(),
      caughtUp: () => this.#finish(),
      failed: (error) => this.#fail(error),
    })
    this.#coordinator = coordinator
    this.#state = 'running'
    await source.open({
      assigned: (partitions) => coordinator.assigned(partitions),
      revoked: () => coordinator.drain(),
      lost: () => coordinator.lost(),
      failed: (error) => this.#fail(error),
    })
  }

  async #load<T>(module: string, context: ConnectorContext): Promise<T> {
    const { connect } = (await this.#ground.connect(module)) as { connect: (context: ConnectorContext) => T }
    return connect(context)
  }

  #receive(worker: number, message: FromWorker): void {
    if (message.kind === 'failed' && this.#description === undefined) this.#notUp(MillraceError.fromData(message.error))
    else if (message.kind === 'metrics') this.#record(worker, message)
    else this.#coordinator?.receive(worker, message)
  }

  /** Every attempt has fresh tasks that count from zero. */
  #record(worker: number, { attempt, tasks, heapBytes }: Extract<FromWorker, { kind: 'metrics' }>): void {
    this.#heapBytes[worker] = heapBytes
    if (attempt < this.#metricsAttempt) return
    if (attempt > this.#metricsAttempt) {
      this.#metricsAttempt = attempt
      for (const { task, component } of this.#plan!.tasks) this.#totals.get(component)!.retire(task)
      this.#standing.clear()
    }
    for (const [task, standing] of tasks) {
      this.#standing.set(task, standing)
      this.#totals.get(this.#plan!.tasks[task - 1]!.component)!.report(task, standing.data)
    }
  }

  async #drain(): Promise<void> {
    if (failing) failpointNow('drain.begin')
    let timeout = false
    const limit = this.#ground.clock.setTimer(this.#options.drainTimeoutMs, () => {
      timeout = true
      expired()
    })
    let expired = () => {}
    await Promise.race([this.#coordinator?.drain(), new Promise<void>((resolve) => (expired = resolve))])
    limit.cancel()
    if (failing) await failpoint('drain.end')
    if (this.#state !== 'draining') return
    if (timeout) {
      throw new MillraceError('MR_DRAIN_TIMEOUT', `the topology did not drain within ${this.#options.drainTimeoutMs} ms`, {
        place: { topology: this.name },
        remedy: 'nothing is lost: the next run goes on from the last commit; allow more time with drainTimeoutMs, or look for what is slow',
      })
    }
    this.#coordinator?.end()
    await this.#release()
    this.#state = 'stopped'
    this.#resolveDone()
  }

  /** All is committed that was asked for. */
  #finish(): void {
    if (this.#state !== 'running' && this.#state !== 'deactivated') return
    // `done` tells of a failure too.
    this.drain().catch(() => {})
  }

  #fail(error: MillraceError): void {
    if (this.#state === 'failed' || this.#state === 'stopped') return
    if (error.code === 'MR_REPLAY_ENDED') {
      // What it worked on is live now, or was dropped: there is nothing left to do.
      void this.kill()
      return
    }
    this.#state = 'failed'
    this.#coordinator?.end()
    const failure = error.within({ topology: this.#description?.name ?? '' })
    this.#ending = this.#releaseAndReject(failure)
  }

  async #releaseAndReject(failure: MillraceError): Promise<void> {
    await this.#release()
    this.#rejectDone(failure)
  }

  async #release(): Promise<void> {
    const quietly = async (close: Promise<void> | undefined) => {
      try {
        await close
      } catch (error) {
        this.#ground.log.warn('closing failed', { error: asMillraceError(error, 'MR_INTERNAL').message })
      }
    }
    if (failing) await failpoint('run.close')
    await Promise.all([quietly(this.#supervisor.stop(stopGraceMs)), quietly(this.#source?.close()), quietly(this.#store?.close())])
  }
}

/** The thread of a topology file ended before the file was loaded. */
export function endedWhileLoading({ message, cause }: MillraceError): MillraceError {
  return new MillraceError('MR_TOPOLOGY_FILE', `the topology file ended its thread while it was loaded: ${message}`, {
    cause,
    remedy: 'leave process.exit, timers that throw and awaits that never end out of the topology file',
  })
}
