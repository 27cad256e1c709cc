import { sleep, type Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { MillraceError } from '../errors.ts'
import type { StartWish } from '../topology/connector.ts'
import type { CommitStore } from '../topology/commit-store.ts'
import type { Position, Source } from '../topology/source.ts'

export interface StartPositionsEnvironment {
  readonly store: CommitStore
  readonly source: Source
  readonly clock: Clock
  readonly log: Logger
  /** Where the user asked this run to begin. */
  readonly start: StartWish
  /** False once other partitions were assigned meanwhile: what is asked then no longer fits together. */
  current(): boolean
}

/** A broker that has just come back may show an older end for a moment. */
const endLooks = 10
const endLookMs = 500

/**
 * Takes ownership of the partitions and answers where each goes on: the stored position, or for a new
 * one where its source says, which is stored first. Refuses what would make the counts wrong: a state
 * that vanished, a log that was cut or has moved past us, a rewind over existing results. Answers
 * undefined, and changes nothing more, when it was overtaken.
 */
export async function acquirePositions(env: StartPositionsEnvironment, owner: string, partitions: readonly string[], known: boolean): Promise<readonly Position[] | undefined> {
  const { store, source } = env
  // The first process of a topology fixes where all partitions begin: to those that come later a partition
  // without a position is one that was added.
  const concerned = known ? partitions : Array.from(new Set([...partitions, ...source.partitions()]))
  // First what was mirrored: if another process commits in between, the store has its positions by the time we look.
  const mirrored = await source.mirrored(concerned)
  if (!env.current()) return undefined
  // What was asked of a partition that another process has is refused here as well, and not when it comes to us some day.
  const sought = source.partitions().filter((partition) => env.start.seek?.[partition] !== undefined)
  const before = await store.load(Array.from(new Set([...concerned, ...sought])))
  if (!env.current()) return undefined
  const missing = concerned.filter((partition) => !before.has(partition))
  // Who says where to begin may count a lost state again.
  if ((env.start.from ?? 'committed') === 'committed') refuseLostState(missing, mirrored)
  await tellSetBack(env, before, mirrored)
  if (!env.current()) return undefined
  await refuseRewind(env, before)
  if (!env.current()) return undefined
  if (missing.length > 0) {
    const starts = await source.startOffsets(missing, !known)
    if (!env.current()) return undefined
    await store.deploy(missing.map((partition) => {
      const offset = starts.get(partition)
      if (offset === undefined) throw new MillraceError('MR_INTERNAL', `the source does not say where ${partition} begins`, { place: { partition } })
      return { partition, offset }
    }))
    if (!env.current()) return undefined
  }
  const acquired = await store.acquire(owner, partitions)
  if (!env.current()) return undefined
  const positions = partitions.map((partition) => {
    const offset = acquired.get(partition)
    if (offset === undefined) throw new MillraceError('MR_STATE_MISSING', `no position is stored for ${partition} right after it was written`, { place: { partition }, remedy: 'look for what deletes keys in Redis' })
    return { partition, offset }
  })
  await refuseOutsideLog(env, positions)
  return env.current() ? positions : undefined
}

/** Says where the store stands behind what was mirrored: because somebody wanted it so, or because it has lost commits. */
async function tellSetBack({ log, store }: StartPositionsEnvironment, before: ReadonlyMap<string, number>, mirrored: ReadonlyMap<string, number>): Promise<void> {
  const behind = Array.from(before).filter(([partition, offset]) => (mirrored.get(partition) ?? 0) > offset)
  if (behind.length === 0) return
  const setBack = await store.setBack?.(behind.map(([partition]) => partition))
  for (const [partition, offset] of behind) {
    const told = mirrored.get(partition)!
    const fields = { partition, records: told - offset }
    if (setBack === undefined || told > (setBack.from.get(partition) ?? 0)) log.warn('the store was rolled back; its records are read again', fields)
    else log.info(`a ${setBack.by} has put these results in the place of others that had counted further; the records after them are read again`, { ...fields, generation: setBack.generation })
  }
}

function refuseLostState(missing: readonly string[], mirrored: ReadonlyMap<string, number>): void {
  const lost = missing.filter((partition) => (mirrored.get(partition) ?? 0) > 0)
  if (lost.length === 0) return
  const [partition] = lost as [string]
  throw new MillraceError('MR_STATE_MISSING', `the group has counted ${lost.map((name) => `${name} up to ${mirrored.get(name)}`).join(', ')}, but the store knows nothing of it`, {
    place: { partition },
    remedy: 'restore the store, or count everything again with --from earliest, or give the topology a new name',
  })
}

async function refuseRewind({ store, source, start, log, current }: StartPositionsEnvironment, before: ReadonlyMap<string, number>): Promise<void> {
  const stored = Array.from(before.keys())
  if (stored.length === 0) return
  const wished = await source.wished(stored)
  if (wished.size === 0 || !current()) return
  const starts = await store.starts(Array.from(wished.keys()))
  for (const [partition, offset] of wished) {
    const began = starts.get(partition)
    // The same command again, after a kill: the results already begin there.
    if (offset === began) continue
    if (start.seek?.[partition] === undefined) {
      // The ends of a log move. Results that begin at its earliest record then, or before the one now, hold all there is …
      if (start.from === 'earliest' && began !== undefined && began <= offset) continue
      // … and going on is never a rewind.
      if (start.from === 'latest') {
        log.warn('results are there already: going on where they end, not at the latest record', { partition, offset: before.get(partition) })
        continue
      }
    }
    throw new MillraceError('MR_REWIND_REFUSED', `results already hold the records of ${partition} from ${began ?? 'an earlier offset'} to ${before.get(partition)!}; beginning at ${offset} would count records twice or leave some out`, {
      place: { partition, offset },
      remedy: 'leave out --from / --seek to go on where the results end, or delete the results and positions of this topology, or give it a new name',
    })
  }
}

async function refuseOutsideLog({ source, clock, current }: StartPositionsEnvironment, positions: readonly Position[]): Promise<void> {
  for (let look = 1; ; look++) {
    const ranges = await source.ranges(positions.map(({ partition }) => partition))
    if (!current()) return
    const beyond = positions.find(({ partition, offset }) => offset > ranges.get(partition)!.latest)
    for (const { partition, offset } of positions) {
      const { earliest, latest } = ranges.get(partition)!
      if (offset >= earliest) continue
      throw new MillraceError('MR_RECORDS_EXPIRED', `${earliest - offset} records of ${partition} were deleted before they were counted: the log holds ${earliest} to ${latest}, the next to count is ${offset}`, {
        place: { partition, offset },
        remedy: 'keep records longer (retention.ms, retention.bytes); to count what is left, begin anew under another topology name',
      })
    }
    if (beyond === undefined) return
    if (look === endLooks) {
      const { earliest, latest } = ranges.get(beyond.partition)!
      throw new MillraceError('MR_LOG_TRUNCATED', `${beyond.partition} ends at ${latest} (begins at ${earliest}), but records up to ${beyond.offset} were counted: the topic was made anew or has lost records`, {
        place: { partition: beyond.partition, offset: beyond.offset },
        remedy: 'give the topology a new name to count the topic from its beginning',
      })
    }
    await sleep(clock, endLookMs)
  }
}
