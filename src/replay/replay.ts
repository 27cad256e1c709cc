import { hostname } from 'node:os'
import { systemClock } from '../base/clock.ts'
import { pinoLogger } from '../base/pino-logger.ts'
import { MillraceError } from '../errors.ts'
import { describeTopologyFile, submitGeneration } from '../runtime/submit.ts'
import type { RunningTopology } from '../runtime/running-topology.ts'
import type { SubmitOptions } from '../runtime/submit-options.ts'
import type { Connections } from '../topology/connector.ts'
import type { GenerationState } from '../topology/generations.ts'
import { checkedReplay, type CheckedReplay } from './checked-replay.ts'
import { limitsOf, startsOf, type ReplayPlan } from './plan.ts'
import { ReplayControl, type ReplayStatus, type SwitchOptions } from './replay-control.ts'
import { ReplayRun, type ReplayOutcome } from './replay-run.ts'
import { openSite, planHere, type Site } from './site.ts'
import { wishText, type ReplayWish } from './wish.ts'

/** What `replay` takes: the wish, and of what `submit` takes all but where to begin and end. */
export interface ReplayOptions extends ReplayWish, Omit<SubmitOptions, 'start' | 'untilCaughtUp' | 'guarantee'> {
  /** Records a second, of all processes of the replay together, at most. Default: as many as it can. */
  readonly rate?: number
  /** Begin even though the logs cannot grant all of the wish. Default false: MR_REPLAY_REFUSED says what would be missing. */
  readonly acceptLoss?: boolean
}

/** A replay that runs in this process. */
export interface Replay {
  /** What it was begun with; undefined when it goes on with one that was begun before. */
  readonly plan: ReplayPlan | undefined
  /** Its own components at work: metrics, state. Draining it leaves the replay to go on later. */
  readonly topology: RunningTopology
  status(): Promise<ReplayStatus>
  pause(): Promise<void>
  resume(): Promise<void>
  /** Makes its results the live ones; answers the number of the generation. */
  switchOver(options?: SwitchOptions): Promise<number>
  /** Takes the last switch back. */
  rollback(): Promise<number>
  /** Deletes its results, or after a switch those that were live before. */
  drop(): Promise<void>
  /** Commits what was read and ends the work in this process; the same call goes on with it. */
  stop(): Promise<void>
  /** Resolves with how the work in this process ended; rejects with the cause when it failed. */
  readonly done: Promise<ReplayOutcome>
  /** Disconnects. After `done` nothing else is left; `switchOver`, `rollback` and `drop` work until then. */
  close(): Promise<void>
}

/** For `status`: how this kind of replay was begun. */
const besideMode = 'beside'

/**
 * Counts a range of what a topology has read once more, beside the live results, which go on being counted
 * and read; in this process, which need not be one of theirs. Going on is by the same call: a wish that was begun and not
 * dropped is not begun anew, and several processes that call it share the work. Throws MR_REPLAY_REFUSED, MR_OPTIONS_INVALID and what `submit` throws.
 */
export async function replay(topologyUrl: string | URL, options: ReplayOptions): Promise<Replay> {
  const checked = checkedReplay(options)
  const site = await openReplaySite(topologyUrl, options)
  try {
    return await run(topologyUrl, site, await begin(site, checked), checked)
  } catch (error) {
    await site.close()
    throw error
  }
}

export async function openReplaySite(topologyUrl: string | URL, { connections = {}, instance, log }: { readonly connections?: Connections | undefined; readonly instance?: string | undefined; readonly log?: SubmitOptions['log'] }): Promise<Site> {
  const description = await describeTopologyFile(topologyUrl)
  return openSite({
    description,
    connections,
    instance: instance ?? hostname(),
    clock: systemClock,
    log: pinoLogger({ level: log?.level ?? 'info', pretty: log?.pretty ?? process.stderr.isTTY }),
  })
}

/** Refuses what the logs cannot grant. */
export function refuseFaults(topology: string, { faults }: ReplayPlan, acceptLoss: boolean): void {
  const [first] = faults
  if (first === undefined || acceptLoss) return
  throw new MillraceError('MR_REPLAY_REFUSED', faults.map(({ text }) => text).join('; '), {
    place: { topology, ...(first.partition === undefined ? {} : { partition: first.partition }) },
    remedy: 'ask for what the logs hold, or take what is left with --accept-loss (acceptLoss: true)',
  })
}

interface Begun {
  readonly plan: ReplayPlan | undefined
  readonly state: GenerationState
}

async function begin(site: Site, { wish, rate, acceptLoss }: CheckedReplay): Promise<Begun> {
  const mode = `${besideMode} ${wishText(wish)}`
  const before = (await site.generations.look()).get('replay')
  if (before !== undefined) return { plan: undefined, state: goingOn(site, before, mode) }
  const { plan } = await planHere(site, wish)
  refuseFaults(site.topology, plan, acceptLoss)
  try {
    await site.generations.begin('replay', { mode, starts: startsOf(plan), limits: limitsOf(plan), ...(rate === undefined ? {} : { rate }) })
  } catch (error) {
    // Another process with the same wish was quicker.
    const now = (await site.generations.look()).get('replay')
    if (now?.mode !== mode || now.status !== 'building') throw error
    return { plan: undefined, state: goingOn(site, now, mode) }
  }
  return { plan, state: goingOn(site, (await site.generations.look()).get('replay')!, mode) }
}

function goingOn({ topology, description }: Site, state: GenerationState, mode: string): GenerationState {
  const refused = (message: string, remedy: string) => new MillraceError('MR_REPLAY_REFUSED', message, { place: { topology }, remedy })
  if (state.status === 'previous') throw refused('the generation that was live before the last switch is still kept', 'roll back to it, or drop it: millrace replay FILE drop')
  if (state.status !== 'building') throw refused('the last replay is still being deleted', 'delete the rest: millrace replay FILE drop')
  if (state.mode !== mode) throw refused(`another replay is there already: ${state.mode ?? 'of an unknown kind'}`, 'go on with that one by the same options, or drop it first: millrace replay FILE drop')
  if (state.code !== description.code) throw refused('the replay that is there was begun with another version of the topology file', 'go on with that version, or drop it first: millrace replay FILE drop')
  return state
}

async function run(topologyUrl: string | URL, site: Site, { plan, state }: Begun, { ofRun }: CheckedReplay): Promise<Replay> {
  const { generations, clock, topology } = site
  const running = await submitGeneration(topologyUrl, ofRun, {
    generation: 'replay',
    limits: state.limits,
    ...(state.rate === undefined ? {} : { rate: state.rate }),
  })
  const { log } = site
  const watched = new ReplayRun(running, { generation: 'replay', id: state.id, endsAtLimits: true, generations, clock, log })
  const control = new ReplayControl(topology, generations, clock)
  let forgotten: Promise<void> | undefined
  /** Once this process does not read for it any more. */
  const over = () => (forgotten ??= watched.done.then(() => {}, () => {}).then(() => site.forget('replay')))
  const done = watched.done.then(async (outcome) => {
    if (outcome === 'live' || outcome === 'dropped') await over()
    return outcome
  })
  done.catch(() => {})
  return {
    plan,
    topology: running,
    status: () => control.status(),
    pause: () => control.pause(),
    resume: () => control.resume(),
    switchOver: async (how) => {
      const number = await control.switchOver(how)
      void over()
      return number
    },
    rollback: () => control.rollback(),
    drop: async () => {
      await control.drop()
      void over()
    },
    stop: () => running.drain(),
    done,
    close: async () => {
      await running.kill()
      await done.catch(() => {})
      await forgotten
      await site.close()
    },
  }
}
