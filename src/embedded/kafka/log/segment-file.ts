import { renameSync } from 'node:fs'
import type { Disk, DiskFile } from '../../journal/disk.ts'

/**
 * A file that is opened when somebody uses it and closed when nobody does and it was told to. Its
 * users may go on while it is renamed, and even after it was removed.
 */
export class SegmentFile {
  readonly #disk: Disk
  #path: string
  #opening: Promise<DiskFile> | undefined
  #users = 0
  #closing = false
  #removing = false

  constructor(disk: Disk, path: string) {
    this.#disk = disk
    this.#path = path
  }

  get path(): string {
    return this.#path
  }

  /** An empty file of this name. */
  async create(): Promise<void> {
    this.#opening = this.#disk.create(this.#path)
    await this.#opening.catch((thrown: unknown) => {
      this.#opening = undefined
      throw thrown
    })
  }

  async use<T>(work: (file: DiskFile) => Promise<T>): Promise<T> {
    this.#users++
    this.#closing = this.#removing
    try {
      return await work(await this.#open())
    } finally {
      this.#users--
      if (this.#users === 0 && this.#closing) await this.#close()
    }
  }

  /** The name changes at once, so that nobody opens the file under the old one. */
  rename(path: string): void {
    renameSync(this.#path, path)
    this.#path = path
  }

  /** Closes it once nobody uses it; the next use opens it again. */
  async closeWhenIdle(): Promise<void> {
    this.#closing = true
    if (this.#users === 0) await this.#close()
  }

  /** Removes it once nobody uses it. */
  async removeWhenIdle(): Promise<void> {
    this.#removing = true
    await this.closeWhenIdle()
  }

  async #open(): Promise<DiskFile> {
    this.#opening ??= this.#disk.open(this.#path).then((file) => {
      if (file === undefined) throw new Error(`${this.#path} is gone`)
      return file
    })
    try {
      return await this.#opening
    } catch (thrown) {
      this.#opening = undefined
      throw thrown
    }
  }

  async #close(): Promise<void> {
    const opening = this.#opening
    this.#opening = undefined
    this.#closing = false
    if (opening !== undefined) await (await opening).close()
    if (this.#removing) await this.#disk.remove(this.#path)
  }
}
