import { access, rename } from 'node:fs/promises'
import type { LogPlace } from './log-contents.ts'
import { writePartitionState } from './partition-state.ts'
import type { PartitionState } from './partition-state.ts'
import { cleanedSuffix, segmentPath, segmentSuffixes } from './segment-names.ts'

/**
 * Completes what a crash interrupted. The state names the segments to replace before the first file is
 * touched, and the new log gets its name last: as long as it has the old one, all is done again.
 */
export async function finishSwap({ disk, directory }: LogPlace, state: PartitionState): Promise<PartitionState> {
  const { swap, ...rest } = state
  if (swap === undefined) return state
  if (await exists(`${segmentPath(directory, swap.baseOffset, '.log')}${cleanedSuffix}`)) {
    for (const suffix of segmentSuffixes) {
      for (const baseOffset of swap.replaced) await disk.remove(segmentPath(directory, baseOffset, suffix))
    }
    for (const suffix of segmentSuffixes.toReversed()) {
      const path = segmentPath(directory, swap.baseOffset, suffix)
      if (await exists(`${path}${cleanedSuffix}`)) await rename(`${path}${cleanedSuffix}`, path)
    }
    await disk.syncDirectory(directory)
  }
  await writePartitionState(disk, directory, rest)
  return rest
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false)
}
