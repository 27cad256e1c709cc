import { MillraceError } from '../errors.ts'
import type { Add, Commit } from '../topology/commit-store.ts'
import { MessagePackWriter } from './message-pack.ts'
import type { RedisPart } from './sealed-writes.ts'
import { ownKeys, type TopologyKeys } from './topology-keys.ts'

/** One call of the commit script. */
export interface CommitRequest {
  readonly keys: readonly string[]
  readonly args: readonly Buffer[]
}

export function packCommit(commit: Commit, own: TopologyKeys): CommitRequest {
  if (commit.ranges.length === 0) throw new MillraceError('MR_INTERNAL', 'a commit without positions could not be told from its repetition')
  return packed(commit, own, '')
}

/** The script applies what has no positions whenever it is called, while `id` is that of the generation. */
export function packAdd(add: Add, own: TopologyKeys, id: string): CommitRequest {
  return packed({ ...add, ranges: [], fates: [], dead: [] }, own, id)
}

/**
 * The head of a commit, before the parts that the workers packed, as one flat array: owner, commit id, id of the
 * generation where there are no positions, tag and prefix of `TopologyKeys`; n, n partitions, n froms, n tos; m,
 * m partitions, then of each what is added (counted, skipped, dead-lettered, gaps) and where counting begins if it
 * is the first; d, d dead records.
 */
function packed({ owner, sequence, ranges, fates, dead, parts }: Commit, own: TopologyKeys, id: string): CommitRequest {
  if (owner.includes('|')) throw new MillraceError('MR_INTERNAL', 'an owner must not contain |')
  const head = new MessagePackWriter(256 + 130 * ranges.length)
  head.beginArray()
  for (const text of [owner, `${owner}:${sequence}`, id, own.tag, own.prefix]) head.text(text)
  head.count(ranges.length)
  for (const { partition } of ranges) head.text(partition)
  for (const { from } of ranges) head.text(String(from))
  for (const { to } of ranges) head.text(String(to))
  const froms = new Map(ranges.map(({ partition, from }) => [partition, from]))
  head.count(fates.length)
  for (const { partition } of fates) head.text(partition)
  for (const { partition, counted, skipped, deadLettered, gaps } of fates) {
    for (const n of [counted, skipped, deadLettered, gaps, froms.get(partition) ?? 0]) head.text(String(n))
  }
  head.count(dead.length)
  for (const { partition, offset } of dead) head.text(`${partition}@${offset}`)
  return {
    keys: ownKeys(own),
    args: [head.finish(8 + 3 * ranges.length + 6 * fates.length + dead.length), ...(parts as readonly RedisPart[]).map((part) => Buffer.from(part.buffer, part.byteOffset, part.length))],
  }
}
