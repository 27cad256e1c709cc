import type { Disk, DiskFile } from '../../src/embedded/journal/disk.ts'

interface Content {
  name: string
  written: Buffer
  onDevice: Buffer
}

export type DiskCall = 'create' | 'open' | 'read' | 'write' | 'truncate' | 'sync' | 'rename' | 'syncDirectory' | 'remove'

/** A disk in memory that can lose power, count its calls and fail them. */
export class MemoryDisk implements Disk {
  readonly calls = new Map<DiskCall, number>()
  /** Asked before each call; throwing makes the call fail. */
  before: (call: DiskCall, file: string) => void | Promise<void> = () => {}
  /** A write that fails has written this much of its bytes. */
  partOfFailedWrite = 0.5
  #names = new Map<string, Content>()
  #durableNames = new Map<string, Content>()

  count(call: DiskCall): number {
    return this.calls.get(call) ?? 0
  }

  files(): string[] {
    return [...this.#names.keys()]
  }

  bytesOf(file: string): Buffer {
    return Buffer.from(this.#names.get(file)!.written)
  }

  put(file: string, bytes: Buffer): void {
    const content = { name: file, written: Buffer.from(bytes), onDevice: Buffer.from(bytes) }
    this.#names.set(file, content)
    this.#durableNames.set(file, content)
  }

  /** What a process finds that starts after this one was killed. */
  afterKill(): MemoryDisk {
    return this.#copy(this.#names, (content) => content.written)
  }

  /** What is found after a power cut: only what was forced to the device. */
  afterPowerCut(): MemoryDisk {
    return this.#copy(this.#durableNames, (content) => content.onDevice)
  }

  async open(file: string): Promise<DiskFile | undefined> {
    await this.#call('open', file)
    const content = this.#names.get(file)
    return content === undefined ? undefined : this.#file(content)
  }

  async create(file: string): Promise<DiskFile> {
    await this.#call('create', file)
    const content = { name: file, written: Buffer.alloc(0), onDevice: Buffer.alloc(0) }
    this.#names.set(file, content)
    return this.#file(content)
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#call('rename', from)
    const content = this.#names.get(from)!
    content.name = to
    this.#names.set(to, content)
    this.#names.delete(from)
  }

  async syncDirectory(directory: string): Promise<void> {
    await this.#call('syncDirectory', directory)
    this.#durableNames = new Map(this.#names)
  }

  async remove(file: string): Promise<void> {
    await this.#call('remove', file)
    this.#names.delete(file)
  }

  #copy(names: ReadonlyMap<string, Content>, bytes: (content: Content) => Buffer): MemoryDisk {
    const copy = new MemoryDisk()
    for (const [name, content] of names) copy.put(name, bytes(content))
    return copy
  }

  async #call(call: DiskCall, file: string): Promise<void> {
    this.calls.set(call, this.count(call) + 1)
    await new Promise(setImmediate)
    await this.before(call, file)
  }

  #file(content: Content): DiskFile {
    const put = (bytes: Buffer, position: number): void => {
      const grown = Buffer.alloc(Math.max(content.written.length, position + bytes.length))
      content.written.copy(grown)
      bytes.copy(grown, position)
      content.written = grown
    }
    return {
      size: () => Promise.resolve(content.written.length),
      read: async (into, position) => {
        await this.#call('read', content.name)
        return content.written.copy(into, 0, position)
      },
      write: async (blocks, position) => {
        const bytes = Buffer.concat(blocks)
        try {
          await this.#call('write', content.name)
        } catch (thrown) {
          put(bytes.subarray(0, Math.floor(bytes.length * this.partOfFailedWrite)), position)
          throw thrown
        }
        put(bytes, position)
      },
      truncate: async (size) => {
        await this.#call('truncate', content.name)
        content.written = Buffer.from(content.written.subarray(0, size))
      },
      sync: async () => {
        const asked = content.written
        await this.#call('sync', content.name)
        content.onDevice = Buffer.from(asked)
      },
      close: () => Promise.resolve(),
    }
  }
}

/** As the system reports it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as if`), { code, syscall: 'write' })
}
