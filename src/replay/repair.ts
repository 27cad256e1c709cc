import { MillraceError } from '../errors.ts'
import { submitGeneration } from '../runtime/submit.ts'
import type { SubmitOptions } from '../runtime/submit-options.ts'
import type { Window } from '../state/write-set.ts'
import type { GenerationState } from '../topology/generations.ts'
import { aborted } from './aborted.ts'
import { aligned } from './aligned.ts'
import { atTime, startsOf, timeText, type ReplayPlan } from './plan.ts'
import { openReplaySite, refuseFaults } from './replay.ts'
import { ReplayRun } from './replay-run.ts'
import { planHere, type Site } from './site.ts'
import type { ReplayPoint } from './wish.ts'

/** Which windows of event time: those that lie wholly in `[from, to)`. */
export interface RepairWish {
  /** A time, or how long ago. */
  readonly from: ReplayPoint
  /** A time, how long ago, or `now`. */
  readonly to: ReplayPoint
  /** Records are read from so long before `from` on, by Kafka's timestamps: how much later than its event one may be written, ms. Default 600,000. */
  readonly slackMs?: number
}

export interface RepairOptions extends RepairWish, Omit<SubmitOptions, 'start' | 'untilCaughtUp' | 'guarantee'> {
  /** Repair even though records of the span may be gone from the logs. Default false. */
  readonly acceptLoss?: boolean
  /** Told now and then how many records the recount is behind. */
  readonly waiting?: (behind: number) => void
  /** Ends it before it is through: it cleans up and rejects with MR_REPLAY_ENDED. */
  readonly signal?: AbortSignal
  /** Told what will be read before it is. */
  readonly planned?: (plan: RepairPlan) => void
}

export interface RepairPlan {
  readonly span: Window
  readonly plan: ReplayPlan
  readonly live: GenerationState
}

export interface Repair {
  /** Windows of the span that there are now. */
  readonly windows: number
  /** How long new results waited. */
  readonly heldMs: number
}

const defaultSlackMs = 600_000

/**
 * Counts windows again and puts them in the place of the live ones, all at one moment; everything else stays as it is, and
 * the live topology goes on. Of keys whose sink says which window they hold. Throws MR_REPLAY_REFUSED and what `submit` throws.
 */
export async function repair(topologyUrl: string | URL, options: RepairOptions): Promise<Repair> {
  const { from, to, slackMs, acceptLoss = false, waiting, planned, signal, ...ofRun } = options
  const site = await openReplaySite(topologyUrl, options)
  const { generations, clock, log, topology } = site
  try {
    const repairPlan = await planRepair(site, { from, to, ...(slackMs === undefined ? {} : { slackMs }) })
    const { span, plan, live } = repairPlan
    planned?.(repairPlan)
    refuseFaults(topology, plan, acceptLoss)
    const mode = `repair of ${timeText(span.startMs)} to ${timeText(span.endMs)}`
    const before = (await generations.look()).get('replay')
    // What a repair that was killed has left holds nothing that cannot be counted again.
    if (before?.mode?.startsWith('repair ') === true && before.status !== 'previous') await generations.drop('replay')
    await generations.begin('replay', { mode, starts: startsOf(plan), limits: Array.from(live.positions, ([partition, offset]) => ({ partition, offset })), only: span })
    const { id } = (await generations.look()).get('replay')!
    const running = await submitGeneration(topologyUrl, ofRun, { generation: 'replay', limits: live.positions, only: span })
    const run = new ReplayRun(running, { generation: 'replay', id, endsAtLimits: false, generations, clock, log })
    try {
      const repaired = aligned({ topology, generation: 'replay', generations, running, clock, waiting }, async () => {
        const answer = await generations.repair(span)
        if (answer.answer === 'OK') return answer.windows
        throw new MillraceError('MR_INTERNAL', `a repair found ${answer.partition} ${answer.records} records apart from the live results`, { place: { topology, partition: answer.partition } })
      })
      // Its run may hear that it is over before the answer is here.
      const { answer, heldMs } = await Promise.race([aborted(signal, topology), repaired, run.done.then((outcome) => (outcome === 'dropped' ? repaired : Promise.reject(endedFirst(topology))))])
      return { windows: answer, heldMs }
    } finally {
      await running.kill()
      await run.done.catch(() => {})
      if ((await generations.look()).get('replay')?.id === id) {
        await generations.drop('replay')
        await site.forget('replay')
      }
    }
  } finally {
    await site.close()
  }
}

/** What a repair would read. Changes nothing. */
export async function planRepair(site: Site, { from, to, slackMs = defaultSlackMs }: RepairWish): Promise<RepairPlan> {
  const nowMs = site.clock.now()
  const span = { startMs: timeOf('from', from, nowMs), endMs: timeOf('to', to, nowMs) }
  if (span.endMs <= span.startMs) throw unfit(`it ends at ${timeText(span.endMs)}, before it begins at ${timeText(span.startMs)}`, 'give the earlier time first')
  const { plan, live } = await planHere(site, { from: { timestampMs: Math.max(0, span.startMs - slackMs) } })
  // Records before the live results begin are not theirs.
  const partitions = plan.partitions.map((one) => {
    const from = Math.min(Math.max(one.from, live.starts.get(one.partition) ?? 0), one.range.latest)
    return { ...one, from, records: one.range.latest - from }
  })
  return { span, live, plan: { ...plan, partitions } }
}

function timeOf(option: 'from' | 'to', point: ReplayPoint, nowMs: number): number {
  const timed = point === 'now' ? { timestampMs: nowMs } : atTime(point, nowMs)
  if (typeof timed === 'object' && 'timestampMs' in timed) return timed.timestampMs
  throw unfit(`--${option} of a repair must be a time`, 'windows are named by times: write one like 2026-01-31T08:00Z, or how long ago like 6h')
}

function endedFirst(topology: string): MillraceError {
  return new MillraceError('MR_REPLAY_ENDED', 'the recount ended before its windows were exchanged', { place: { topology }, remedy: 'start it again, one at a time' })
}

function unfit(message: string, remedy: string): MillraceError {
  return new MillraceError('MR_OPTIONS_INVALID', `a repair: ${message}`, { remedy })
}
