import { MillraceError } from '../errors.ts'
import { submitGeneration } from '../runtime/submit.ts'
import type { SubmitOptions } from '../runtime/submit-options.ts'
import type { Difference, GenerationState } from '../topology/generations.ts'
import type { Position } from '../topology/source.ts'
import { aborted } from './aborted.ts'
import { aligned, type Renew } from './aligned.ts'
import { openReplaySite } from './replay.ts'
import { ReplayRun } from './replay-run.ts'
import { liveOf, type Site } from './site.ts'

/** What `verify` takes: of what `submit` takes all but where to begin and end. */
export interface VerifyOptions extends Omit<SubmitOptions, 'start' | 'untilCaughtUp' | 'guarantee'> {
  /** Told of every difference as it is found. */
  readonly differs?: (difference: Difference) => void
  /** Told now and then how many records the recount is behind. */
  readonly waiting?: (behind: number) => void
  /** Ends it before it is through: it cleans up and rejects with MR_REPLAY_ENDED. */
  readonly signal?: AbortSignal
}

export interface Verification {
  readonly topology: string
  /** Number of the live generation. */
  readonly generation: number
  /** Where the results stood when they were compared. */
  readonly positions: ReadonlyMap<string, number>
  /** Keys compared; a hash counts once for each field, a set or sorted set for each member. */
  readonly keys: number
  readonly differing: number
  /** How long new results waited for the comparison. */
  readonly heldMs: number
}

/**
 * Counts all records of the live results again, from Kafka, with the bolts of this file, up to where those stand, and
 * compares every key. The live topology may run meanwhile: its commits wait while keys are compared, no longer. What was
 * counted is deleted again. One at a time for a topology: a second one takes the place of the first, which rejects with MR_REPLAY_ENDED.
 * Throws MR_RECORDS_EXPIRED when records of the results are not in Kafka any more, MR_REPLAY_REFUSED and what `submit` throws.
 */
export async function verify(topologyUrl: string | URL, options: VerifyOptions): Promise<Verification> {
  const { differs, waiting, signal, ...ofRun } = options
  const site = await openReplaySite(topologyUrl, options)
  const { generations, clock, log, topology } = site
  try {
    const live = await liveOf(site)
    await refuseExpired(site, live)
    if (live.code !== site.description.code) log.warn('the live results were made by another version of the topology file; this one may count otherwise')
    await generations.drop('verify')
    await generations.begin('verify', { mode: 'verify', starts: positionsOf(live.starts), limits: positionsOf(live.positions) })
    const { id } = (await generations.look()).get('verify')!
    const running = await submitGeneration(topologyUrl, ofRun, { generation: 'verify', limits: live.positions })
    const run = new ReplayRun(running, { generation: 'verify', id, endsAtLimits: false, generations, clock, log })
    try {
      const compared = aligned({ topology, generation: 'verify', generations, running, clock, waiting }, (renew) => compareAll(site, renew, differs))
      const { answer, heldMs } = await Promise.race([aborted(signal, topology), compared, run.done.then(() => { throw interrupted(topology) })])
      return { ...answer, heldMs }
    } finally {
      await running.kill()
      await run.done.catch(() => {})
      if ((await generations.look()).get('verify')?.id === id) {
        await generations.drop('verify')
        await site.forget('verify')
      }
    }
  } finally {
    await site.close()
  }
}

async function compareAll({ generations, topology }: Site, renew: Renew, differs: VerifyOptions['differs']): Promise<Omit<Verification, 'heldMs'>> {
  const { number, positions } = (await generations.look()).get('live')!
  let keys = 0
  let differing = 0
  for await (const slice of generations.compare('verify')) {
    keys += slice.keys
    differing += slice.differences.length
    for (const difference of slice.differences) differs?.(difference)
    await renew()
  }
  return { topology, generation: number, positions, keys, differing }
}

async function refuseExpired({ logs, topology }: Site, { starts }: GenerationState): Promise<void> {
  const ranges = await logs.ranges(logs.partitions())
  const gone = Array.from(starts).filter(([partition, start]) => start < (ranges.get(partition)?.earliest ?? Infinity))
  const [first] = gone
  if (first === undefined) return
  const texts = gone.map(([partition, start]) => {
    const range = ranges.get(partition)
    return range === undefined ? `${partition} is not there any more` : `${partition} begins at ${range.earliest} now, the results at ${start}`
  })
  throw new MillraceError('MR_RECORDS_EXPIRED', `records that the results hold cannot be counted again: ${texts.join(', ')}`, {
    place: { topology, partition: first[0], offset: first[1] },
    remedy: 'results can be verified while Kafka keeps all their records (retention.ms, retention.bytes)',
  })
}

function positionsOf(offsets: ReadonlyMap<string, number>): readonly Position[] {
  return Array.from(offsets, ([partition, offset]) => ({ partition, offset }))
}

function interrupted(topology: string): MillraceError {
  return new MillraceError('MR_REPLAY_ENDED', 'the recount ended before it was compared', { place: { topology }, remedy: 'start it again; one recount of a topology can run at a time' })
}
