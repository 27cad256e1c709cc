import { access, rename } from 'node:fs/promises'
import type { LogPlace } from './log-contents.ts'
import { writePartitionState } from './partition-state.ts'
import type { PartitionState } from './partition-state.ts'
import { cleanedSuffix, segmentPath, segmentSuffixes } from './segment-names.ts'

/**
 * Completes what a crash interrupted. The state names the segments to replace before the first file is
 * touched; a file of the new one that still has its ending is not in force yet, one without it is.
 */
export async function finishSwap({ disk, directory }: LogPlace, state: PartitionState): Promise<PartitionState> {
  const { swap, ...rest } = state
  if (swap === undefined) return state
  for (const suffix of segmentSuffixes.toReversed()) {
    const path = segmentPath(directory, swap.baseOffset, suffix)
    const isComing = await exists(`${path}${cleanedSuffix}`)
    for (const baseOffset of swap.replaced) {
      if (isComing || baseOffset !== swap.baseOffset) await disk.remove(segmentPath(directory, baseOffset, suffix))
    }
    if (isComing) await rename(`${path}${cleanedSuffix}`, path)
  }
  await disk.syncDirectory(directory)
  await writePartitionState(disk, directory, rest)
  return rest
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false)
}
