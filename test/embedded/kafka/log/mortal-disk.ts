import { systemDisk } from '../../../../src/embedded/journal/disk.ts'
import type { Disk, DiskFile } from '../../../../src/embedded/journal/disk.ts'

/** The system's files, until it dies: what is asked for after that never happens, as after a kill. A killed process needs no syncs, so they are only counted. */
export class MortalDisk implements Disk {
  /** The paths synced, files and directories. */
  readonly syncs: string[] = []
  reads = 0
  /** Called before every write to a file; may throw. */
  beforeWrite: (path: string, bytes: number) => void = () => {}
  beforeSync: (path: string) => void = () => {}
  beforeTruncate: (path: string) => void = () => {}
  beforeCreate: (path: string) => void = () => {}
  /** Resolves when it has died by itself. */
  readonly died: Promise<void>
  #dieNow: () => void = () => {}
  #left = Infinity
  #dead = false
  readonly #open = new Set<DiskFile>()

  constructor() {
    this.died = new Promise((resolve) => (this.#dieNow = resolve))
  }

  /** So many more calls happen; the next does not, and none after it. */
  dieAfter(calls: number): void {
    this.#left = calls
  }

  async die(): Promise<void> {
    this.#dead = true
    for (const file of this.#open) await file.close()
  }

  async open(path: string): Promise<DiskFile | undefined> {
    return this.#alive(async () => {
      const file = await systemDisk.open(path)
      return file === undefined ? undefined : this.#kept(file, path)
    })
  }

  async create(path: string): Promise<DiskFile> {
    return this.#alive(async () => {
      this.beforeCreate(path)
      return this.#kept(await systemDisk.create(path), path)
    })
  }

  rename(from: string, to: string): Promise<void> {
    return this.#alive(() => systemDisk.rename(from, to))
  }

  syncDirectory(directory: string): Promise<void> {
    return this.#alive(() => void this.syncs.push(directory))
  }

  remove(path: string): Promise<void> {
    return this.#alive(() => systemDisk.remove(path))
  }

  #kept(file: DiskFile, path: string): DiskFile {
    if (this.#dead) void file.close()
    else this.#open.add(file)
    return {
      size: () => this.#alive(() => file.size()),
      read: (into, position) => this.#alive(() => {
        this.reads++
        return file.read(into, position)
      }),
      write: (blocks, position) => this.#alive(() => {
        this.beforeWrite(path, blocks.reduce((sum, { length }) => sum + length, 0))
        return file.write(blocks, position)
      }),
      truncate: (size) => this.#alive(() => {
        this.beforeTruncate(path)
        return file.truncate(size)
      }),
      sync: () => this.#alive(() => {
        this.beforeSync(path)
        this.syncs.push(path)
      }),
      close: async () => {
        if (this.#open.delete(file)) await file.close()
      },
    }
  }

  async #alive<T>(call: () => T | Promise<T>): Promise<T> {
    if (this.#left-- <= 0) {
      this.#dead = true
      this.#dieNow()
    }
    if (this.#dead) return never()
    const result = await call()
    // What was under way when it died may have happened, and nobody hears of it.
    return this.#dead ? never() : result
  }
}

function never<T>(): Promise<T> {
  return new Promise(() => {})
}
