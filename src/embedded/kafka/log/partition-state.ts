import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Disk } from '../../journal/disk.ts'
import { writeFileDurably } from './write-file-durably.ts'

/** Segments that the cleaner wrote anew, from the moment that counts until the files have their names. */
export interface Swap {
  /** Base offset of the new segment, whose files still end in `.cleaned`. */
  readonly baseOffset: number
  /** Base offsets of those it takes the place of. */
  readonly replaced: readonly number[]
}

/** What cannot be told from a partition's segments. */
export interface PartitionState {
  /** Records before it are deleted, also those a segment still holds. */
  readonly logStartOffset: number
  /** Everything before it was synced. */
  readonly recoveryPoint: number
  /** The cleaner has been through everything before it. */
  readonly cleanedOffset: number
  readonly swap?: Swap | undefined
}

const fileName = 'partition-state.json'

/** Of a log that has never been synced, cleaned or shortened. */
export const firstState: PartitionState = { logStartOffset: 0, recoveryPoint: 0, cleanedOffset: 0 }

/** A new log has no file yet. Undefined when there is one that cannot be read. */
export async function readPartitionState(directory: string): Promise<PartitionState | undefined> {
  try {
    const read: unknown = JSON.parse(await readFile(join(directory, fileName), 'utf8'))
    return isState(read) ? read : undefined
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT' ? firstState : undefined
  }
}

export async function writePartitionState(disk: Disk, directory: string, state: PartitionState): Promise<void> {
  await writeFileDurably(disk, join(directory, fileName), Buffer.from(`${JSON.stringify(state)}\n`))
  await disk.syncDirectory(directory)
}

function isState(read: unknown): read is PartitionState {
  if (typeof read !== 'object' || read === null) return false
  const { logStartOffset, recoveryPoint, cleanedOffset, swap } = read as Partial<Record<keyof PartitionState, unknown>>
  if (![logStartOffset, recoveryPoint, cleanedOffset].every(isOffset)) return false
  if (swap === undefined) return true
  const { baseOffset, replaced } = swap as Partial<Record<keyof Swap, unknown>>
  return isOffset(baseOffset) && Array.isArray(replaced) && replaced.every(isOffset)
}

function isOffset(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
