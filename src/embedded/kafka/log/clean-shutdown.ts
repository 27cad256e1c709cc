import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Disk } from '../../journal/disk.ts'
import type { CleanPartition } from './recover-log.ts'
import { writeFileDurably } from './write-file-durably.ts'

const fileName = 'clean-shutdown.json'

/** By the name of the partition's directory. */
export type CleanPartitions = ReadonlyMap<string, CleanPartition>

/** What the last shutdown left, if it was a clean one. A marker that cannot be read is none. */
export async function readCleanShutdown(directory: string): Promise<CleanPartitions> {
  try {
    const read = JSON.parse(await readFile(join(directory, fileName), 'utf8')) as Record<string, CleanPartition>
    return new Map(Object.entries(read).filter(([, { logEndOffset, sizes }]) => Number.isSafeInteger(logEndOffset) && typeof sizes === 'object' && sizes !== null))
  } catch {
    return new Map()
  }
}

/** Before anything is written: after a crash that follows it would be wrong. */
export async function dropCleanShutdown(directory: string, disk: Disk): Promise<void> {
  await rm(join(directory, fileName), { force: true })
  await disk.syncDirectory(directory)
}

export async function writeCleanShutdown(directory: string, disk: Disk, partitions: CleanPartitions): Promise<void> {
  await writeFileDurably(disk, join(directory, fileName), Buffer.from(`${JSON.stringify(Object.fromEntries(partitions))}\n`))
  await disk.syncDirectory(directory)
}
