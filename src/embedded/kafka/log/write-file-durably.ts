import type { Disk } from '../../journal/disk.ts'

/** Puts a whole file in the place of another: after a crash there is the old one or the new one. Its bytes are on the disk before it has the name; the directory is for the caller to sync. */
export async function writeFileDurably(disk: Disk, path: string, bytes: Buffer): Promise<void> {
  const temporary = `${path}.tmp`
  const file = await disk.create(temporary)
  try {
    if (bytes.length > 0) await file.write([bytes], 0)
    await file.sync()
  } finally {
    await file.close()
  }
  await disk.rename(temporary, path)
}
