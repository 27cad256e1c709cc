import type { GenerationState, GenerationStatus } from '../topology/generations.ts'

/**
 * The meta hash of a generation has these fields, and for each partition `start:topic/partition` and maybe
 * `limit:topic/partition`:
 *
 *     generation id code fingerprint created status    what `GenerationState` says
 *     mode paused rate window                           as `begin` and `pause` said
 *     registry    1: all result keys are in the registry; absent: only those written since there is one
 *     logged      how many names are in the log
 *     expiring    1: a commit has given a key an expiry
 *     held holder until when commits wait, in ms of Redis's clock, and who wants it so
 *     set-back    rollback or reset: that has made these results live. With `back:topic/partition` for each partition,
 *                 how far those had counted in whose place they are
 *     operation   the last swap or repair, so that it is known when its answer was lost
 *     repaired    what a repair has answered
 *
 * `fields` and `positions` are hashes as Redis lists them: name, value, name, value …; `noted` is the size of the set
 * of names.
 */
export function generationState(fields: readonly string[], positions: readonly string[], noted: number): GenerationState {
  const meta = new Map(pairs(fields))
  const text = (field: string): string => meta.get(field) ?? ''
  const numbers = (prefix: string) => new Map(Array.from(meta).flatMap(([field, value]) => (field.startsWith(prefix) ? [[field.slice(prefix.length), Number(value)] as const] : [])))
  const mode = meta.get('mode')
  const rate = meta.get('rate')
  const window = meta.get('window')?.split(' ').map(Number)
  return {
    id: text('id'),
    number: Number(meta.get('generation') ?? 1),
    code: text('code'),
    fingerprint: text('fingerprint'),
    createdMs: Number(text('created')),
    status: text('status') as GenerationStatus,
    ...(mode === undefined ? {} : { mode }),
    starts: numbers('start:'),
    positions: nextOffsets(positions),
    limits: numbers('limit:'),
    paused: meta.get('paused') === '1',
    ...(rate === undefined ? {} : { rate: Number(rate) }),
    ...(window === undefined ? {} : { only: { startMs: window[0]!, endMs: window[1]! } }),
    keys: noted + Number(meta.get('logged') ?? 0),
  }
}

/** The offsets hash as Redis lists it. */
export function nextOffsets(positions: readonly string[]): ReadonlyMap<string, number> {
  return new Map(pairs(positions).map(([partition, entry]) => [partition, Number(entry.split('|', 1)[0])]))
}

function pairs(flat: readonly string[]): (readonly [string, string])[] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!] as const)
}
