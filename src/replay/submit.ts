import type { RunningTopology } from '../runtime/running-topology.ts'
import { submit as submitTopology } from '../runtime/submit.ts'
import type { SubmitOptions } from '../runtime/submit-options.ts'
import { replay, type Replay, type ReplayOptions } from './replay.ts'

/** A topology that was submitted in this process. */
export interface ReplayableTopology extends RunningTopology {
  /**
   * Counts records again beside the live results, in this process too: of this topic from these offsets, by
   * partition number; of every other partition from where the live results begin. See {@link replay}.
   *
   *     const again = await topology.replay('topic2', { 0: 9720, 1: 9560 })
   *     await again.switchOver({ whenCaughtUp: true })
   */
  replay(topic: string, offsets: Readonly<Record<number, number>>, options?: Omit<ReplayOptions, 'from'>): Promise<Replay>
}

/**
 * Starts a topology in this process: its workers, its place in the Kafka group, its commits to the
 * store. The file is imported by the workers only; this thread stays free of user code.
 *
 * Resolves when the first partitions could be asked for; from then on `done` tells the end. Rejects
 * with a MillraceError when the options, the file, or the servers do not allow a start.
 */
export async function submit(topologyUrl: string | URL, options: SubmitOptions = {}): Promise<ReplayableTopology> {
  const { start: _, untilCaughtUp: __, guarantee: ___, ...same } = options
  const running = await submitTopology(topologyUrl, options)
  return Object.assign(running, {
    replay: (topic: string, offsets: Readonly<Record<number, number>>, more: Omit<ReplayOptions, 'from'> = {}) => replay(topologyUrl, {
      ...same,
      ...more,
      from: { offsets: Object.fromEntries(Object.entries(offsets).map(([partition, offset]) => [`${topic}/${partition}`, offset])) },
    }),
  })
}
