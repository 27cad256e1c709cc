import type { Clock, Timer } from '../base/clock.ts'
import { failing, failpoint, failpointNow } from '../base/failpoint.ts'
import type { Logger } from '../base/logger.ts'
import { asMillraceError, type MillraceError } from '../errors.ts'
import { makeChooser } from '../grouping/chooser.ts'
import { TaskMetrics } from '../metrics/task-metrics.ts'
import { WriteSet } from '../state/write-set.ts'
import type { BoltTask } from '../topology/bolt.ts'
import type { Seal } from '../topology/commit-store.ts'
import type { Connections } from '../topology/connector.ts'
import type { TaskContext } from '../topology/context.ts'
import type { SpoutTask } from '../topology/spout.ts'
import type { Component, Topology } from '../topology/topology.ts'
import { Barrier } from '../tracking/barrier.ts'
import { isFull, type EpochBounds } from '../tracking/epoch-bounds.ts'
import { errorFacts } from '../tracking/error-facts.ts'
import { FateLedger, type DeadRecord } from '../tracking/record-fates.ts'
import { TokenBucket } from '../tracking/token-bucket.ts'
import type { Link, LinkMessage } from '../transport/link.ts'
import { Outbox } from '../transport/outbox.ts'
import type { Fields } from '../tuple/fields.ts'
import { BatchSize } from './batch-size.ts'
import { BoltRunner, type Failure, type RunnerHost } from './bolt-runner.ts'
import { Inbox } from './inbox.ts'
import type { EdgePlan, TaskPlan } from './plan.ts'
import { makeEdge, Route, type Target } from './route.ts'
import type { EpochState, Scope } from './scope.ts'
import { SpoutRunner } from './spout-runner.ts'
import type { AttemptStart, Progress, SealedEpoch, TaskStanding } from './thread/protocol.ts'
import { Turn } from './turn.ts'
import { WorkerPlan } from './worker-plan.ts'

export interface AttemptEnvironment {
  readonly worker: number
  readonly topology: Topology
  readonly connections: Connections
  readonly clock: Clock
  readonly log: Logger
  /** To each other worker; undefined for this one. */
  readonly links: readonly (Link | undefined)[]
  /** There may be something to do: call `step` soon. */
  wake(): void
  report(progress: Progress): void
  sealed(sealed: SealedEpoch, transfer: readonly ArrayBuffer[]): void
  /** Packs results for the store. */
  seal: Seal
  fail(error: MillraceError): void
}

/** A bolt's tasks in this worker and what feeds them from others. */
interface BoltGroup {
  readonly node: number
  readonly component: string
  readonly runners: BoltRunner[]
  readonly inbox: Inbox
  /** Of what is executed as a batch. */
  readonly size: BatchSize
  /** True when everything reachable by direct calls has room. */
  room: () => boolean
}

interface InChannel {
  readonly group: BoltGroup
  readonly fields: Fields
  readonly link: Link
}

/**
 * One worker's share of one attempt: fresh tasks, from the committed offsets, until the next
 * rebalance, fault or end. Within it a tuple goes from task to task by direct call, or in batches over
 * the links. Pure of threads and timers of its own: whoever owns it calls `step`.
 */
export class Attempt implements RunnerHost {
  readonly clock: Clock
  readonly scope: Scope
  closed = false
  readonly #env: AttemptEnvironment
  readonly #start: AttemptStart
  readonly #barrier: Barrier
  readonly #plan: WorkerPlan
  readonly #bolts: BoltGroup[] = []
  /** By task. */
  readonly #runners: BoltRunner[] = []
  readonly #spouts = new Map<number, { readonly runner: SpoutRunner; readonly task: SpoutTask; readonly node: number }>()
  readonly #spoutRoom = new Map<number, () => boolean>()
  readonly #tasks: (SpoutTask | BoltTask)[] = []
  readonly #inChannels = new Map<number, InChannel>()
  readonly #outboxes = new Map<number, Outbox>()
  readonly #epochs = new Map<number, EpochState>()
  /** Of epochs that are sealed: their tables have grown to what the topology needs. */
  readonly #spareWrites: WriteSet[] = []
  readonly #cuts = new Map<number, Pick<SealedEpoch, 'ranges' | 'lag' | 'knownCells'>>()
  readonly #from = new Map<string, number>()
  readonly #indexes: ReadonlyMap<string, number>
  readonly #excluded: ReadonlyMap<number, ReadonlyMap<number, DeadRecord>> | undefined
  readonly #turn: Turn
  #filling = 0
  /** Of the filling epoch. */
  #bounds: EpochBounds
  #active: boolean
  #running = false
  #last = false
  #closing: Promise<void> | undefined
  #wakeTimer: Timer | undefined
  #reported: Progress = { dirty: false, full: false, lag: 0, finished: false }

  constructor(env: AttemptEnvironment, start: AttemptStart) {
    this.#env = env
    this.#start = start
    this.clock = env.clock
    this.#turn = new Turn(env.clock)
    this.#active = start.active
    this.#bounds = start.bounds
    this.#indexes = new Map(start.partitions.map(({ partition }, index) => [partition, index]))
    this.#excluded = this.#excludedOf(start.excluded)
    this.#plan = new WorkerPlan(start.plan, env.topology, env.worker)
    this.#barrier = new Barrier(this.#plan.barrierNodes())
    this.scope = { epoch: this.#epoch(0), partition: -1, offset: -1 }
    for (const { id } of this.#plan.nodes) {
      for (const channel of this.#plan.channelsFrom(id)) {
        this.#outboxes.set(channel.channel, new Outbox(channel.channel, env.links[channel.to]!, this.#plan.fieldsOf(channel), () => env.clock.monotonic()))
      }
    }
  }

  /** Makes and opens the tasks, sinks first, so that a spout finds everything ready behind it. */
  async open(): Promise<void> {
    const { nodes } = this.#plan
    for (let node = nodes.length - 1; node >= 0; node--) {
      const component = nodes[node]!
      const group: BoltGroup = { node, component: component.id, runners: [], inbox: new Inbox(), size: new BatchSize(), room: () => true }
      for (const task of this.#plan.tasksHere(component.id)) {
        await this.#openTask(component, task, group)
        if (this.closed) return
      }
      if (component.kind === 'bolt') {
        group.room = this.#roomBehind(component.id)
        this.#bolts.unshift(group)
        for (const channel of this.#plan.channelsInto(component.id)) {
          const link = this.#env.links[channel.from]!
          this.#inChannels.set(channel.channel, { group, link, fields: this.#plan.fieldsOf(channel) })
        }
      }
    }
  }

  /** Begins to receive. Workers become ready at different times; nobody sends before all are. */
  listen(): void {
    for (const link of this.#env.links) link?.listen((message) => this.receive(message))
  }

  /** Lets the spouts read. */
  run(): void {
    this.#running = true
    if (this.#active) for (const { task } of this.#spouts.values()) task.activate?.()
    this.#env.wake()
  }

  setActive(active: boolean): void {
    if (active === this.#active) return
    this.#active = active
    for (const { task } of this.#spouts.values()) {
      if (active) task.activate?.()
      else task.deactivate?.()
    }
    this.#env.wake()
  }

  /** Where the spouts stop from now on. */
  limit(limits: ReadonlyMap<string, number>): void {
    for (const { task } of this.#spouts.values()) task.limit?.(limits)
    this.#env.wake()
  }

  /** The spouts' epoch ends here; with `last` they emit nothing after it. The next may have so many cells. */
  cut(epoch: number, last: boolean, cells: number): void {
    if (failing) failpointNow('epoch.mark')
    const ranges = []
    for (const { runner } of this.#spouts.values()) {
      for (const { partition, offset } of runner.positions()) {
        const from = this.#from.get(partition)!
        if (offset !== from) ranges.push({ partition, from, to: offset, records: runner.takeRecords(this.#indexes.get(partition)!) })
        this.#from.set(partition, offset)
      }
    }
    this.#cuts.set(epoch, { ranges, lag: this.#lag(), knownCells: this.#cellsOf(this.#epoch(epoch)) })
    this.#bounds = { ...this.#bounds, cells }
    this.#filling = epoch + 1
    this.#last = last
    this.#reported = { ...this.#reported, dirty: false, full: false }
    this.#barrier.cut(epoch)
    this.#advance(epoch)
    this.#env.wake()
  }

  /** Works for about `budgetMs`. Answers false when there is nothing to do until the next `wake`. */
  step(budgetMs: number): boolean {
    if (this.closed || !this.#running) return false
    const turn = this.#turn
    turn.begin(budgetMs)
    let busy = false
    try {
      // Behind first: what is on its way goes out before more comes in.
      for (let i = this.#bolts.length - 1; i >= 0; i--) busy = this.#stepBolts(this.#bolts[i]!, turn) || busy
      const hungry = this.#active && !this.#last && !this.#reported.full
      if (hungry && !(busy && turn.ended())) busy = this.#stepSpouts(turn) || busy
      if (!busy) for (const outbox of this.#outboxes.values()) outbox.flush()
    } catch (error) {
      this.fail(asMillraceError(error, 'MR_INTERNAL', { place: this.place(this.scope.partition, this.scope.offset) }))
      return false
    }
    return busy
  }

  receive(message: LinkMessage): void {
    if (this.closed) return
    try {
      switch (message.kind) {
        case 'credit':
          this.#outboxes.get(message.channel)!.credit(message.batches, message.bytes)
          break
        case 'batch': {
          if (failing) failpointNow('batch.received')
          this.#barrier.received(message.channel, message.epoch, message.batch.rows)
          const { fields, group } = this.#inChannels.get(message.channel)!
          group.inbox.add(message, fields)
          break
        }
        case 'marker':
          if (failing) failpointNow('marker.received')
          this.#barrier.marker(message.channel, message.epoch, message.count)
          this.#advance(message.epoch)
      }
    } catch (error) {
      this.fail(asMillraceError(error, 'MR_INTERNAL'))
    }
    this.#env.wake()
  }

  standing(): ReadonlyMap<number, TaskStanding> {
    const tasks = new Map<number, TaskStanding>()
    for (const [task, { runner }] of this.#spouts) tasks.set(task, { data: runner.metrics.toData(), queue: 0, lag: runner.lag })
    for (const group of this.#bolts) {
      for (const [i, runner] of group.runners.entries()) {
        const { task } = this.#plan.tasksHere(group.component)[i]!
        tasks.set(task, { data: runner.metrics.toData(), queue: runner.queued + (i === 0 ? group.inbox.rows : 0), lag: 0 })
      }
    }
    return tasks
  }

  /** Gives everything up: what is not sealed is lost, as it should be. Waits for the tasks to close. */
  close(): Promise<void> {
    this.closed = true
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#wakeTimer?.cancel()
    if (failing) await failpoint('attempt.close')
    for (const link of this.#env.links) link?.close()
    for (const task of this.#tasks) {
      try {
        await ('nextTuple' in task ? task.close?.() : task.cleanup?.())
      } catch (error) {
        this.#env.log.warn('a task failed to close', { error: asMillraceError(error, 'MR_INTERNAL').message })
      }
    }
  }

  unsettle(node: number, epoch: number): void {
    this.#barrier.unsettle(node, epoch)
  }

  settle(node: number, epoch: number): void {
    this.#barrier.settle(node, epoch)
    this.#advance(epoch)
  }

  wake(): void {
    this.#env.wake()
  }

  give(fate: 'skipped' | 'dead-lettered', { component, error, attempts, partial }: Failure): boolean {
    const { epoch, partition, offset } = this.scope
    const at = this.#start.partitions[partition]
    if (at === undefined) return false
    epoch.fates ??= new FateLedger()
    if (fate === 'skipped') epoch.fates.skip(at.partition, offset)
    else epoch.fates.die({ partition: at.partition, offset, component, ...errorFacts(error), attempts, failedAtMs: this.clock.now(), partial })
    return true
  }

  wakeIn(delayMs: number): void {
    this.#wakeTimer ??= this.clock.setTimer(delayMs, () => {
      this.#wakeTimer = undefined
      this.#env.wake()
    })
  }

  place(partition: number, offset: number): { readonly partition?: string; readonly offset?: number } {
    const at = this.#start.partitions[partition]
    return at === undefined ? {} : { partition: at.partition, offset }
  }

  fail(error: MillraceError): void {
    if (this.closed) return
    void this.close()
    this.#env.fail(error.within({ topology: this.#env.topology.name }))
  }

  #stepBolts(group: BoltGroup, turn: Turn): boolean {
    const { scope } = this
    const { inbox } = group
    let worked = false
    for (const runner of group.runners) {
      while (group.room() && runner.step()) {
        worked = true
        if (turn.over()) return true
      }
    }
    for (let next = inbox.atHand(); next !== undefined; next = inbox.atHand()) {
      const { batch, frame } = next
      const epoch = this.#epoch(frame.epoch)
      while (inbox.row < batch.rows) {
        if (!group.room() || anyFull(group.runners)) return worked
        const { row } = inbox
        const runner = this.#runners[frame.targets[row]!]!
        scope.epoch = epoch
        scope.partition = batch.partitionOf(row)
        scope.offset = batch.offsetOf(row)
        worked = true
        if (frame.ofBatches && runner.takesBatchNow) {
          const start = this.clock.monotonic()
          runner.deliverBatch(inbox.takeRun(group.size.rows))
          group.size.took(inbox.row - row, this.clock.monotonic() - start)
          if (turn.ended()) return true
        } else {
          runner.deliver(batch.tuple(inbox.takeRow()))
          if (turn.over()) return true
        }
      }
      inbox.finish()
      this.#inChannels.get(frame.channel)!.link.send({ kind: 'credit', channel: frame.channel, batches: 1, bytes: frame.bytes })
      this.#barrier.settle(group.node, frame.epoch, batch.rows)
      this.#advance(frame.epoch)
    }
    return worked
  }

  #stepSpouts(turn: Turn): boolean {
    const epoch = this.#epoch(this.#filling)
    let busy = false
    for (const [, { runner, node }] of this.#spouts) {
      const room = this.#spoutRoom.get(node)!
      busy = runner.step(epoch, room, turn) || busy
      if (this.closed) return false
    }
    const dirty = this.#reported.dirty || epoch.records > 0 || (!busy && this.#moved())
    const full = isFull(this.#bounds, epoch.records, this.#cellsOf(epoch), epoch.writes.bytes + (epoch.fates?.bytes ?? 0))
    const lag = this.#lag()
    const finished = !busy && Array.from(this.#spouts.values()).every(({ runner }) => runner.finished)
    const was = this.#reported
    if (dirty !== was.dirty || full !== was.full || finished !== was.finished || (lag === 0) !== (was.lag === 0)) {
      this.#reported = { dirty, full, lag, finished }
      this.#env.report(this.#reported)
    }
    return busy && !full
  }

  /** Positions can move without a record: over control batches, gaps and rejected records. */
  #moved(): boolean {
    for (const { runner } of this.#spouts.values()) {
      for (const { partition, offset } of runner.positions()) if (offset !== this.#from.get(partition)) return true
    }
    return false
  }

  #lag(): number {
    let lag = 0
    for (const { runner } of this.#spouts.values()) lag += runner.lag
    return lag
  }

  /** What it would write, as far as that is known: what tasks gather counts as one cell a tuple. */
  #cellsOf({ epoch, writes }: EpochState): number {
    let { cells } = writes
    for (const { runners } of this.#bolts) for (const runner of runners) cells += runner.gathered(epoch)
    return cells
  }

  #epoch(epoch: number): EpochState {
    let state = this.#epochs.get(epoch)
    if (state === undefined) {
      state = { epoch, writes: this.#spareWrites.pop() ?? new WriteSet(), records: 0, fates: undefined }
      this.#epochs.set(epoch, state)
    }
    return state
  }

  /** Passes the barrier on from every component that is through, and seals when all are. */
  #advance(epoch: number): void {
    this.#barrier.advance(epoch, (node) => {
      const { id } = this.#plan.nodes[node]!
      for (const { task } of this.#plan.tasksHere(id)) this.#runners[task]?.endEpoch(this.#epoch(epoch))
      for (const { channel } of this.#plan.channelsFrom(id)) this.#outboxes.get(channel)!.mark(epoch)
    })
    if (!this.#barrier.complete(epoch)) return
    if (failing) failpointNow('epoch.seal')
    const { fates, writes, records } = this.#epoch(epoch)
    const cut = this.#cuts.get(epoch)!
    this.#epochs.delete(epoch)
    this.#cuts.delete(epoch)
    const sealed = writes.empty ? undefined : this.#env.seal(writes, this.#start.only)
    this.#env.sealed({ epoch, ...cut, fates: fates?.fates(), writes: sealed?.data, cells: writes.cells, records }, sealed?.transfer ?? [])
    if (failing) failpointNow('epoch.sealed')
    writes.clear()
    this.#spareWrites.push(writes)
  }

  async #openTask(component: Component, task: TaskPlan, group: BoltGroup): Promise<void> {
    const metrics = new TaskMetrics()
    const context = this.#context(component, task, metrics)
    const routes = this.#routes(component, task)
    const at = { task: task.task, component: component.id, options: component.options }
    const place = { component: component.id, task: task.task }
    if (component.kind === 'bolt') {
      const bolt = this.#made(() => component.definition.createTask(context), place)
      this.#tasks.push(bolt)
      const runner = new BoltRunner(bolt, routes, metrics, this, { ...at, node: group.node, takesWholeRecords: this.#plan.takesWholeRecords(component.id), log: this.#env.log })
      group.runners.push(runner)
      this.#runners[task.task] = runner
      await this.#opened(() => bolt.prepare?.(), 'MR_BOLT_FAILED', place)
      return
    }
    const { partitions, positions, limits, partitionRate } = this.#start
    const tasks = this.#plan.tasksOf(component.id)
    const mine = partitions.flatMap((partition, index) => (partition.component === component.id ? [index] : []))
      .filter((_, turn) => turn % tasks.length === task.index)
    const own = mine.map((index) => positions[index]!)
    const bucket = partitionRate === undefined || own.length === 0 ? undefined : new TokenBucket(partitionRate * own.length, this.clock.monotonic())
    for (const { partition, offset } of own) this.#from.set(partition, offset)
    const spout = this.#made(() => component.definition.createTask({
      ...context,
      positions: own,
      lineage: mine,
      limits,
      wake: () => this.#env.wake(),
      fail: (error) => this.fail(asMillraceError(error, 'MR_SPOUT_FAILED', { place })),
    }), place)
    this.#tasks.push(spout)
    const runner = new SpoutRunner(spout, routes, metrics, this, { ...at, partitions: mine, excluded: this.#excluded, bucket })
    this.#spouts.set(task.task, { runner, task: spout, node: group.node })
    this.#spoutRoom.set(group.node, this.#roomBehind(component.id))
    await this.#opened(() => spout.open?.(), 'MR_SPOUT_FAILED', place)
  }

  #excludedOf(records: readonly DeadRecord[]): ReadonlyMap<number, ReadonlyMap<number, DeadRecord>> | undefined {
    if (records.length === 0) return undefined
    const excluded = new Map<number, Map<number, DeadRecord>>()
    for (const record of records) {
      const partition = this.#indexes.get(record.partition)
      if (partition === undefined) continue
      const offsets = excluded.get(partition) ?? new Map<number, DeadRecord>()
      excluded.set(partition, offsets.set(record.offset, record))
    }
    return excluded
  }

  #made<T>(make: () => T, place: { component: string; task: number }): T {
    try {
      return make()
    } catch (error) {
      throw asMillraceError(error, 'MR_BOLT_FAILED', { place, remedy: 'correct what the component does when it is made' })
    }
  }

  async #opened(open: () => void | Promise<void>, code: 'MR_BOLT_FAILED' | 'MR_SPOUT_FAILED', place: { component: string; task: number }): Promise<void> {
    try {
      await open()
    } catch (error) {
      throw asMillraceError(error, code, { place, remedy: 'correct what the component does when it is opened' })
    }
  }

  #context(component: Component, task: TaskPlan, metrics: TaskMetrics): TaskContext {
    const { worker, topology, connections, log } = this.#env
    const tasksOf = (id: string) => this.#plan.tasksOf(id).map((other) => other.task)
    return {
      topology: topology.name,
      component: component.id,
      task: task.task,
      index: task.index,
      parallelism: tasksOf(component.id).length,
      worker,
      tasksOf,
      log: log.child({ component: component.id, task: task.task }),
      metrics,
      clock: this.clock,
      connections,
    }
  }

  #routes(component: Component, task: TaskPlan): ReadonlyMap<string, Route> {
    const routes = new Map<string, Route>()
    for (const stream of Object.keys(component.definition.streams)) {
      const edges = this.#plan.edgesFrom(component.id, stream).map((edge) => {
        const targets = this.#plan.targets(edge)
        const place = { component: edge.target, task: task.task }
        const chooser = this.#made(() => makeChooser(this.#plan.groupingOf(edge), targets.map((target) => target.task), task.task), place)
        return makeEdge(chooser, targets.map((target) => this.#target(target, edge)), this.scope)
      })
      routes.set(stream, new Route(edges, this.scope))
    }
    return routes
  }

  #target(target: TaskPlan, edge: EdgePlan): Target {
    if (target.worker === this.#env.worker) return { task: target.task, runner: this.#runners[target.task]!, outbox: undefined }
    return { task: target.task, runner: undefined, outbox: this.#outboxes.get(this.#plan.channelTo(edge, target.worker).channel)! }
  }

  /** Whether everything that a component's emits reach without leaving the thread can take more. */
  #roomBehind(component: string): () => boolean {
    const outboxes: Outbox[] = []
    const runners: BoltRunner[] = []
    const seen = new Set<string>()
    const visit = (id: string) => {
      for (const { channel } of this.#plan.channelsFrom(id)) outboxes.push(this.#outboxes.get(channel)!)
      for (const target of this.#plan.fedBy(id)) {
        if (seen.has(target)) continue
        seen.add(target)
        for (const { task } of this.#plan.tasksHere(target)) runners.push(this.#runners[task]!)
        visit(target)
      }
    }
    visit(component)
    return () => {
      for (let i = 0; i < outboxes.length; i++) if (outboxes[i]!.full) return false
      return !anyFull(runners)
    }
  }
}

/** Asked for every tuple. */
function anyFull(runners: readonly BoltRunner[]): boolean {
  for (let i = 0; i < runners.length; i++) if (runners[i]!.full) return true
  return false
}
