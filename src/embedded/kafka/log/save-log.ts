import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { LogContents } from './log-contents.ts'
import { encodeProducers } from './producer-snapshot.ts'
import { bringToDisk } from './roll-segment.ts'
import { offsetOfName, segmentPath, snapshotSuffix } from './segment-names.ts'

/** Up to this size the last segment is read at the start instead of its index: that costs no more, and its end one sync instead of three. */
export const readAtStartBytes = 65_536

/**
 * Leaves a log so that the next start can trust its files; nothing may be on its way into it. What has
 * not changed since the start costs nothing, what has one sync: the snapshot has a checksum, and when a
 * power cut takes it the log is read again from the one before.
 */
export async function saveLog(log: LogContents): Promise<void> {
  if (log.isSaved) return
  const { directory, disk } = log.place
  const { active, logEndOffset } = log
  const producers = encodeProducers(log.producers.entries())
  if (log.state.recoveryPoint < active.baseOffset) {
    await bringToDisk(log, producers, logEndOffset)
    return
  }
  await active.file.use((file) => file.sync())
  if (active.sizeBytes > readAtStartBytes) await active.writeIndexes()
  else if (active.aborted.length > 0) await active.writeAborted()
  const snapshot = await disk.create(segmentPath(directory, logEndOffset, snapshotSuffix))
  try {
    await snapshot.write([producers], 0)
  } finally {
    await snapshot.close()
  }
  if (log.hasMovedStart) await log.changeState({})
  for (const name of await readdir(directory)) {
    const offset = offsetOfName(name, snapshotSuffix)
    if (offset !== undefined && offset > log.state.recoveryPoint && offset !== logEndOffset) await disk.remove(join(directory, name))
  }
}
