import { MillraceError } from '../errors.ts'
import type { Commit } from '../topology/commit-store.ts'
import { MessagePackWriter } from './message-pack.ts'
import type { RedisPart } from './sealed-writes.ts'
import type { TopologyKeys } from './topology-keys.ts'

/** One call of the commit script. */
export interface CommitRequest {
  readonly keys: readonly string[]
  readonly args: readonly Buffer[]
}

export function packCommit(commit: Commit, own: TopologyKeys): CommitRequest {
  if (commit.ranges.length === 0) throw new MillraceError('MR_INTERNAL', 'a commit without positions could not be told from its repetition')
  return packed(commit, own)
}

/** The script applies what has no positions whenever it is called. */
export function packAdd(add: Omit<Commit, 'ranges'>, own: TopologyKeys): CommitRequest {
  return packed({ ...add, ranges: [] }, own)
}

/** The head of a commit, before the parts that the workers packed, as one flat array: owner, commit id, n, n partitions, n froms, n tos. */
function packed({ owner, sequence, ranges, parts }: Commit, own: TopologyKeys): CommitRequest {
  if (owner.includes('|')) throw new MillraceError('MR_INTERNAL', 'an owner must not contain |')
  const head = new MessagePackWriter(256 + 100 * ranges.length)
  head.beginArray()
  for (const text of [owner, `${owner}:${sequence}`]) head.text(text)
  head.count(ranges.length)
  for (const { partition } of ranges) head.text(partition)
  for (const { from } of ranges) head.text(String(from))
  for (const { to } of ranges) head.text(String(to))
  return {
    keys: [own.offsets, own.meta],
    args: [head.finish(3 + 3 * ranges.length), ...(parts as readonly RedisPart[]).map((part) => Buffer.from(part.buffer, part.byteOffset, part.length))],
  }
}
