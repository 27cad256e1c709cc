import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/base/logger.ts'
import type { Logger } from '../../../src/base/logger.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import { Journal } from '../../../src/embedded/journal/journal.ts'
import type { JournalOptions } from '../../../src/embedded/journal/journal-options.ts'
import { MemoryDisk, systemError } from '../../support/memory-disk.ts'
import type { DiskCall } from '../../support/memory-disk.ts'

const file = '/data/state.journal'

interface Opened {
  readonly journal: Journal
  /** As replayed at the start. */
  readonly found: string[]
}

async function open(disk: MemoryDisk | undefined, options: Partial<JournalOptions> = {}): Promise<Opened> {
  const found: string[] = []
  const journal = await Journal.open({
    file,
    sync: 'no',
    clock: new ManualClock(),
    logger: silentLogger,
    replay: (payload) => void found.push(payload.toString('latin1')),
    snapshot: () => [],
    compaction: () => ({ minBytes: 0, growthPercent: 0 }),
    ...(disk === undefined ? {} : { disk }),
    ...options,
  })
  return { journal, found }
}

const entriesIn = async (disk: MemoryDisk): Promise<string[]> => (await open(disk)).found
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')
const turn = (): Promise<unknown> => new Promise(setImmediate)

function warnings(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = []
  return { lines, logger: { ...silentLogger, warn: (message) => void lines.push(message), error: (message) => void lines.push(message) } }
}

describe('a journal', () => {
  it('gives back what was appended, in order, also empty and large entries', async () => {
    const disk = new MemoryDisk()
    const { journal } = await open(disk)
    const large = 'x'.repeat(5 << 20)
    const entries = ['a', '', large, 'b', '']
    await Promise.all(entries.map((entry) => journal.append(bytes(entry))))
    await journal.append(bytes('later'))
    await journal.close()
    expect(await entriesIn(disk)).toEqual([...entries, 'later'])
  })

  it('lets the caller use the bytes of an entry again at once', async () => {
    const disk = new MemoryDisk()
    const { journal } = await open(disk)
    const reused = bytes('one')
    const first = journal.append(reused)
    reused.fill('?')
    await first
    expect(await entriesIn(disk.afterKill())).toEqual(['one'])
  })

  it('writes all appends of one turn of the event loop at once', async () => {
    const disk = new MemoryDisk()
    const { journal } = await open(disk, { sync: 'always' })
    const writes = disk.count('write')
    const syncs = disk.count('sync')
    await Promise.all(Array.from({ length: 1000 }, (_, i) => journal.append(bytes(`${i}`))))
    expect(disk.count('write') - writes).toBe(1)
    expect(disk.count('sync') - syncs).toBe(1)
  })

  it('gathers the appends made while a write is under way into the next one', async () => {
    const disk = new MemoryDisk()
    const { journal } = await open(disk, { sync: 'always' })
    const writes = disk.count('write')
    const first = journal.append(bytes('first'))
    const others: Promise<void>[] = []
    disk.before = (call) => {
      if (call === 'sync' && others.length === 0) for (let i = 0; i < 10; i++) others.push(journal.append(bytes(`${i}`)))
    }
    await first
    await Promise.all(others)
    expect(disk.count('write') - writes).toBe(2)
  })

  it('refuses appends after it was closed, and has written those before', async () => {
    const disk = new MemoryDisk()
    const { journal } = await open(disk)
    const before = journal.append(bytes('before'))
    const closed = journal.close()
    await expect(journal.append(bytes('after'))).rejects.toMatchObject({ code: 'MR_JOURNAL_IO' })
    await Promise.all([before, closed, journal.close()])
    expect(await entriesIn(disk.afterPowerCut())).toEqual(['before'])
  })

  it('passes on what its owner throws for an entry', async () => {
    const disk = new MemoryDisk()
    const { journal } = await open(disk)
    await journal.append(bytes('odd'))
    await journal.close()
    await expect(open(disk, { replay: () => { throw new RangeError('odd entry') } })).rejects.toThrow('odd entry')
  })
})

describe('forcing entries to the device', () => {
  it('is done before an append resolves under always', async () => {
    const disk = new MemoryDisk()
    const { journal } = await open(disk, { sync: 'always' })
    await journal.append(bytes('a'))
    expect(await entriesIn(disk.afterPowerCut())).toEqual(['a'])
  })

  it('is done once a second under everysec, only when something was written', async () => {
    const disk = new MemoryDisk()
    const clock = new ManualClock()
    const { journal } = await open(disk, { sync: 'everysec', clock })
    const syncs = disk.count('sync')
    for (let i = 0; i < 5; i++) {
      await journal.append(bytes('a'))
      clock.advance(100)
    }
    expect(await entriesIn(disk.afterPowerCut())).toEqual([])
    clock.advance(600)
    await turn()
    await turn()
    expect(disk.count('sync') - syncs).toBe(1)
    expect(await entriesIn(disk.afterPowerCut())).toHaveLength(5)
    clock.advance(10_000)
    await turn()
    expect(disk.count('sync') - syncs).toBe(1)
    expect(clock.nextTimerMs()).toBeUndefined()
  })

  it('is left to the system under no, until the journal closes', async () => {
    const disk = new MemoryDisk()
    const clock = new ManualClock()
    const { journal } = await open(disk, { clock })
    await journal.append(bytes('a'))
    clock.advance(60_000)
    expect(await entriesIn(disk.afterPowerCut())).toEqual([])
    expect(await entriesIn(disk.afterKill())).toEqual(['a'])
    await journal.close()
    expect(await entriesIn(disk.afterPowerCut())).toEqual(['a'])
  })

  it('can be asked for, and its policy changed', async () => {
    const disk = new MemoryDisk()
    const { journal } = await open(disk)
    await journal.append(bytes('a'))
    void journal.append(bytes('b'))
    await journal.sync()
    expect(await entriesIn(disk.afterPowerCut())).toEqual(['a', 'b'])
    journal.setSync('always')
    await journal.append(bytes('c'))
    expect(await entriesIn(disk.afterPowerCut())).toEqual(['a', 'b', 'c'])
  })
})

describe('a write that fails', () => {
  it('rejects its appends and leaves nothing of them in the file, and the next one is tried again', async () => {
    const disk = new MemoryDisk()
    const log = warnings()
    const { journal } = await open(disk, { sync: 'always', logger: log.logger })
    await journal.append(bytes('a'))
    const size = journal.sizeBytes
    disk.before = (call) => {
      if (call === 'write') throw systemError('ENOSPC')
    }
    const refused = await Promise.allSettled([journal.append(bytes('b')), journal.append(bytes('c'))])
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect(journal.append(bytes('d'))).rejects.toMatchObject({ code: 'MR_JOURNAL_IO', message: expect.stringContaining('ENOSPC') as string, place: { at: file } })
    expect(journal.failure).toMatchObject({ code: 'MR_JOURNAL_IO' })
    expect(disk.bytesOf(file)).toHaveLength(size)
    expect(log.lines).toHaveLength(1)
    disk.before = () => {}
    await journal.append(bytes('e'))
    expect(journal.failure).toBeUndefined()
    expect(await entriesIn(disk.afterPowerCut())).toEqual(['a', 'e'])
  })

  it('is cut off later when the file cannot be cut off at once', async () => {
    const disk = new MemoryDisk()
    const { journal } = await open(disk)
    disk.before = (call) => {
      if (call === 'write' || call === 'truncate') throw systemError('EIO')
    }
    await expect(journal.append(bytes('longer than the next'.repeat(10)))).rejects.toThrow('EIO')
    expect(await entriesIn(disk.afterKill())).toEqual([])
    disk.before = () => {}
    await journal.append(bytes('next'))
    expect(disk.bytesOf(file)).toHaveLength(journal.sizeBytes)
    expect(await entriesIn(disk.afterKill())).toEqual(['next'])
  })

  it('may be left unhandled', async () => {
    const disk = new MemoryDisk()
    const { journal } = await open(disk)
    disk.before = () => {
      throw systemError('ENOSPC')
    }
    void journal.append(bytes('a'))
    for (let i = 0; i < 10; i++) await turn()
    expect(journal.failure).toBeDefined()
  })

  it('ends the journal when it is the fsync that failed', async () => {
    const disk = new MemoryDisk()
    const { journal } = await open(disk, { sync: 'always' })
    await journal.append(bytes('a'))
    disk.before = (call) => {
      if (call === 'sync') throw systemError('EIO')
    }
    await expect(journal.append(bytes('b'))).rejects.toThrow('forced to the device')
    disk.before = () => {}
    await expect(journal.append(bytes('c'))).rejects.toThrow('forced to the device')
    expect((await entriesIn(disk.afterPowerCut()))[0]).toBe('a')
  })
})

describe('the end of a file', () => {
  const entries = ['first', '', 'third entry', 'x'.repeat(300)]

  async function written(): Promise<{ readonly bytes: Buffer; readonly ends: readonly number[] }> {
    const disk = new MemoryDisk()
    const { journal } = await open(disk)
    const ends = [journal.sizeBytes]
    for (const entry of entries) {
      await journal.append(bytes(entry))
      ends.push(journal.sizeBytes)
    }
    await journal.close()
    return { bytes: disk.bytesOf(file), ends }
  }

  it('that was torn off at any byte loses only the entry that was torn, with a warning', async () => {
    const { bytes: whole, ends } = await written()
    for (let size = ends[0]!; size < whole.length; size++) {
      const disk = new MemoryDisk()
      disk.put(file, whole.subarray(0, size))
      const log = warnings()
      const { journal, found } = await open(disk, { logger: log.logger })
      const intact = ends.filter((end) => end <= size).length - 1
      expect(found).toEqual(entries.slice(0, intact))
      expect(log.lines).toHaveLength(ends.includes(size) ? 0 : 1)
      await journal.append(bytes('more'))
      expect(await entriesIn(disk.afterKill())).toEqual([...entries.slice(0, intact), 'more'])
    }
  })

  it('that a power cut filled with zeros or garbage is cut off', async () => {
    const { bytes: whole, ends } = await written()
    for (const filling of [Buffer.alloc(5000), Buffer.alloc(5000, 0xff), Buffer.from(whole.subarray(ends[0], ends[0]! + 3))]) {
      const disk = new MemoryDisk()
      disk.put(file, Buffer.concat([whole.subarray(0, ends[2]), filling]))
      expect((await open(disk)).found).toEqual(entries.slice(0, 2))
      expect(disk.bytesOf(file)).toHaveLength(ends[2]!)
    }
  })

  it('is told from damage before intact entries, which is refused: no flipped bit loses anything silently', async () => {
    const { bytes: whole, ends } = await written()
    for (let at = 0; at < whole.length; at++) {
      for (const bit of [0, 3, 7]) {
        const damaged = Buffer.from(whole)
        damaged[at]! ^= 1 << bit
        const disk = new MemoryDisk()
        disk.put(file, damaged)
        if (at < ends.at(-2)!) {
          await expect(open(disk)).rejects.toMatchObject({ code: 'MR_JOURNAL_CORRUPT' })
          expect(disk.bytesOf(file)).toEqual(damaged)
        } else expect((await open(disk)).found).toEqual(entries.slice(0, -1))
      }
    }
  })

  it('names the place of the damage and what to do', async () => {
    const { bytes: whole, ends } = await written()
    const disk = new MemoryDisk()
    whole[ends[1]!]! ^= 1
    disk.put(file, whole)
    await expect(open(disk)).rejects.toMatchObject({ place: { at: file, offset: ends[1] }, remedy: expect.stringContaining(`truncate -s ${ends[1]}`) as string })
  })

  it('of a file that is no journal is left alone', async () => {
    const disk = new MemoryDisk()
    disk.put(file, bytes('*1\r\n$4\r\nPING\r\n'.repeat(10)))
    await expect(open(disk)).rejects.toMatchObject({ code: 'MR_JOURNAL_CORRUPT', message: expect.stringContaining('does not begin like a journal') as string })
  })

  it('of a file of no bytes at all is a new journal', async () => {
    const disk = new MemoryDisk()
    disk.put(file, Buffer.alloc(0))
    const { journal, found } = await open(disk)
    await journal.append(bytes('a'))
    expect(found).toEqual([])
    expect(await entriesIn(disk.afterKill())).toEqual(['a'])
  })

  it('is found in files larger than what is read at once', async () => {
    const disk = new MemoryDisk()
    const { journal } = await open(disk)
    const many = Array.from({ length: 400 }, (_, i) => `${i}`.repeat(1 + i * 17))
    for (const entry of many) await journal.append(bytes(entry))
    await journal.close()
    expect(disk.bytesOf(file).length).toBeGreaterThan(3 << 20)
    expect(await entriesIn(disk)).toEqual(many)
    const damaged = disk.bytesOf(file)
    damaged[1 << 20]! ^= 1
    disk.put(file, damaged)
    await expect(open(disk)).rejects.toMatchObject({ code: 'MR_JOURNAL_CORRUPT' })
  })
})

describe('on the real disk', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-journal-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  it('a journal is made, read again, cut off and compacted', async () => {
    const real = { file: join(directory, 'a.journal'), snapshot: () => [bytes('all')], sync: 'always' as const }
    const first = await open(undefined, real)
    await first.journal.append(bytes('a'))
    await first.journal.append(bytes('b'.repeat(100_000)))
    await first.journal.close()
    await truncate(real.file, (await readFile(real.file)).length - 1)
    await writeFile(`${real.file}.compacting`, 'left by a crash')
    const second = await open(undefined, real)
    expect(second.found).toEqual(['a'])
    await second.journal.compact()
    await second.journal.append(bytes('c'))
    await second.journal.close()
    expect((await open(undefined, real)).found).toEqual(['all', 'c'])
  })

  it('a directory that is missing is named', async () => {
    await expect(open(undefined, { file: join(directory, 'none', 'a.journal') })).rejects.toMatchObject({ code: 'MR_JOURNAL_IO', message: expect.stringContaining('ENOENT') as string })
  })
})

describe('whatever is appended and wherever it is cut', () => {
  it('the entries found are a beginning of those appended, and all that were acknowledged under always', async () => {
    const step = fc.oneof({ weight: 4, arbitrary: fc.record({ append: fc.array(fc.string({ maxLength: 40 }), { minLength: 1, maxLength: 5 }) }) }, { weight: 1, arbitrary: fc.constantFrom('power' as const, 'kill' as const, 'close' as const) })
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      let disk = new MemoryDisk()
      let { journal } = await open(disk, { sync: 'always' })
      const acknowledged: string[] = []
      for (const each of steps) {
        if (typeof each === 'object') {
          await Promise.all(each.append.map((entry) => journal.append(Buffer.from(entry)).then(() => acknowledged.push(Buffer.from(entry).toString('latin1')))))
          continue
        }
        if (each === 'close') await journal.close()
        disk = each === 'power' ? disk.afterPowerCut() : disk.afterKill()
        const opened = await open(disk, { sync: 'always' })
        expect(opened.found).toEqual(acknowledged)
        journal = opened.journal
      }
    }), { numRuns: 50 })
  })

  describe('that keeps what could not be written', () => {
    const full = (call: DiskCall): void => {
      if (call === 'write') throw systemError('ENOSPC')
    }

    it('rejects the append, and writes it before all that follow once there is room', async () => {
      const disk = new MemoryDisk()
      const { journal } = await open(disk, { failedAppends: 'kept' })
      await journal.append(bytes('a'))
      disk.before = full
      await expect(journal.append(bytes('b'))).rejects.toThrow('ENOSPC')
      await expect(journal.append(bytes('c'))).rejects.toThrow('ENOSPC')
      await expect(journal.sync()).rejects.toThrow('ENOSPC')
      disk.before = () => {}
      await journal.append(bytes('d'))
      expect(journal.failure).toBeUndefined()
      expect(await entriesIn(disk.afterKill())).toEqual(['a', 'b', 'c', 'd'])
    })

    it('writes it when asked to sync', async () => {
      const disk = new MemoryDisk()
      const { journal } = await open(disk, { failedAppends: 'kept' })
      disk.before = full
      await expect(journal.append(bytes('a'))).rejects.toThrow('ENOSPC')
      disk.before = () => {}
      await journal.sync()
      expect(await entriesIn(disk.afterPowerCut())).toEqual(['a'])
    })

    it('never puts it behind a snapshot that stands for it already', async () => {
      const disk = new MemoryDisk()
      const { journal } = await open(disk, { failedAppends: 'kept', snapshotCovers: 'appended', snapshot: () => [bytes('a and b')] })
      await journal.append(bytes('a'))
      disk.before = (call, name) => {
        if (call === 'write' && name === file) throw systemError('ENOSPC')
      }
      const appended = expect(journal.append(bytes('b'))).rejects.toThrow('ENOSPC')
      await expect(journal.compact()).rejects.toThrow('ENOSPC')
      await appended
      disk.before = () => {}
      await journal.sync()
      expect(await entriesIn(disk.afterKill())).toEqual(['a', 'b'])
      await journal.compact()
      expect(await entriesIn(disk.afterKill())).toEqual(['a and b'])
    })

    it('says so when it is closed before there was room', async () => {
      const disk = new MemoryDisk()
      const { journal } = await open(disk, { failedAppends: 'kept' })
      disk.before = full
      await expect(journal.append(bytes('a'))).rejects.toThrow('ENOSPC')
      await expect(journal.close()).rejects.toThrow('ENOSPC')
    })
  })
})
