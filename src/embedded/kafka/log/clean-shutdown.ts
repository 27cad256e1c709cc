import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Disk } from '../../journal/disk.ts'
import type { CleanPartition } from './recover-log.ts'
import { writeFileDurably } from './write-file-durably.ts'

const fileName = 'clean-shutdown.json'

/** By the name of the partition's directory. */
export type CleanPartitions = ReadonlyMap<string, CleanPartition>

/** What the last shutdown left, if it was a clean one. It holds once: after a crash that follows it would be wrong. */
export async function takeCleanShutdown(directory: string, disk: Disk): Promise<CleanPartitions> {
  const file = join(directory, fileName)
  const clean = await readMarker(file)
  await rm(file, { force: true })
  await disk.syncDirectory(directory)
  return clean
}

export async function writeCleanShutdown(directory: string, disk: Disk, partitions: CleanPartitions): Promise<void> {
  await writeFileDurably(disk, join(directory, fileName), Buffer.from(`${JSON.stringify(Object.fromEntries(partitions))}\n`))
  await disk.syncDirectory(directory)
}

/** A marker that cannot be read is none. */
async function readMarker(file: string): Promise<CleanPartitions> {
  try {
    const read = JSON.parse(await readFile(file, 'utf8')) as Record<string, CleanPartition>
    return new Map(Object.entries(read).filter(([, { logEndOffset, sizes }]) => Number.isSafeInteger(logEndOffset) && typeof sizes === 'object' && sizes !== null))
  } catch {
    return new Map()
  }
}
