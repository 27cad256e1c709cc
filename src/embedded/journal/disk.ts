import { open, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

/** What a journal asks of the operating system; tests put faults in between. */
export interface Disk {
  /** Opens for reading and writing; `undefined` when there is no such file. */
  open(file: string): Promise<DiskFile | undefined>
  /** An empty file, whatever was there before. */
  create(file: string): Promise<DiskFile>
  rename(from: string, to: string): Promise<void>
  /** Makes what was created and renamed in the directory survive a power cut. */
  syncDirectory(directory: string): Promise<void>
  /** No error when there is no such file. */
  remove(file: string): Promise<void>
}

export interface DiskFile {
  size(): Promise<number>
  /** How many bytes were read into `into`: fewer than its length only at the end of the file. */
  read(into: Buffer, position: number): Promise<number>
  /** All of them, one after the other. */
  write(blocks: readonly Buffer[], position: number): Promise<void>
  truncate(size: number): Promise<void>
  /** Waits until the device has all that was written. */
  sync(): Promise<void>
  close(): Promise<void>
}

export const systemDisk: Disk = {
  async open(file) {
    try {
      return diskFile(await open(file, 'r+'))
    } catch (thrown) {
      if (codeOf(thrown) === 'ENOENT') return undefined
      throw thrown
    }
  },
  create: async (file) => diskFile(await open(file, 'w+')),
  rename: (from, to) => rename(from, to),
  async syncDirectory(directory) {
    // Windows has no such call; there the rename itself is durable.
    if (process.platform === 'win32') return
    const handle = await open(directory, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
  remove: (file) => rm(file, { force: true }),
}

function diskFile(handle: FileHandle): DiskFile {
  return {
    size: async () => (await handle.stat()).size,
    async read(into, position) {
      let done = 0
      while (done < into.length) {
        const { bytesRead } = await handle.read(into, done, into.length - done, position + done)
        if (bytesRead === 0) break
        done += bytesRead
      }
      return done
    },
    write: (blocks, position) => writeAll(handle, blocks, position),
    truncate: (size) => handle.truncate(size),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  }
}

/** The system's limit for the blocks of one call. */
const blocksAtOnce = 1024

async function writeAll(handle: FileHandle, blocks: readonly Buffer[], position: number): Promise<void> {
  let at = position
  for (let from = 0; from < blocks.length; from += blocksAtOnce) {
    let rest = blocks.slice(from, from + blocksAtOnce)
    while (rest.length > 0) {
      const { bytesWritten } = await handle.writev(rest, at)
      at += bytesWritten
      rest = without(rest, bytesWritten)
    }
  }
}

function without(blocks: readonly Buffer[], bytes: number): Buffer[] {
  let skip = bytes
  return blocks.flatMap((block) => {
    const skipped = Math.min(skip, block.length)
    skip -= skipped
    return skipped === block.length ? [] : [block.subarray(skipped)]
  })
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
}
