import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { MillraceError } from '../errors.ts'

/** Held until `release`, or until the process or thread ends, however it ends. */
export interface DirectoryLock {
  release(): Promise<void>
}

/**
 * Makes this thread the only one of the machine to use the directory, whatever path leads to it; throws
 * MR_DIRECTORY_IN_USE. The operating system keeps the lock, so none outlives its holder: a name among
 * the abstract sockets on Linux or the named pipes on Windows, elsewhere a file opened with `O_EXLOCK`.
 * Containers with networks of their own do not see each other's.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const { dev, ino } = await stat(directory, { bigint: true })
  const name = `millrace-${createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 32)}`
  if (process.platform === 'linux') return listen(`\0${name}`, directory)
  if (process.platform === 'win32') return listen(`\\\\.\\pipe\\${name}`, directory)
  return lockFile(join(directory, '.lock'), directory)
}

async function listen(path: string, directory: string): Promise<DirectoryLock> {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' || error.code === 'EACCES' ? inUse(directory) : error))
    // In a cluster's worker the first process would listen, and hold the lock for all.
    server.listen({ path, exclusive: true }, resolve)
  })
  server.unref()
  return { release: () => new Promise((resolve) => server.close(() => resolve())) }
}

/** Of BSD and macOS: opens and locks in one step, and fails at once when another has it. */
const openExclusively = 0x20

async function lockFile(file: string, directory: string): Promise<DirectoryLock> {
  try {
    const handle = await open(file, constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | openExclusively, 0o644)
    return { release: () => handle.close() }
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && (thrown.code === 'EAGAIN' || thrown.code === 'EWOULDBLOCK')) throw inUse(directory)
    throw thrown
  }
}

function inUse(directory: string): MillraceError {
  return new MillraceError('MR_DIRECTORY_IN_USE', 'another server is running on this directory', {
    place: { at: directory },
    remedy: 'stop it first, or give this one a directory of its own',
  })
}
