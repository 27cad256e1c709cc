import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { silentLogger } from '../../../src/base/logger.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import { Journal } from '../../../src/embedded/journal/journal.ts'
import type { JournalOptions } from '../../../src/embedded/journal/journal-options.ts'
import { MemoryDisk, systemError } from '../../support/memory-disk.ts'

const file = '/data/state.journal'
const never = { minBytes: 0, growthPercent: 0 }
const turn = (): Promise<unknown> => new Promise(setImmediate)

/** The last value of each key, changed when it is written. */
class LastValues {
  readonly state = new Map<string, string>()
  #journal: Journal | undefined

  static async open(disk: MemoryDisk, options: Partial<JournalOptions> = {}): Promise<LastValues> {
    const owner = new LastValues()
    owner.#journal = await Journal.open({
      file, disk, sync: 'always', clock: new ManualClock(), logger: silentLogger, compaction: () => never,
      replay: (payload) => owner.#apply(payload.toString()),
      snapshot: () => owner.snapshot(),
      ...options,
    })
    return owner
  }

  get journal(): Journal {
    return this.#journal!
  }

  async set(key: string, value: string): Promise<void> {
    await this.journal.append(Buffer.from(`${key}=${value}`))
    // An owner may come to its change a few steps later.
    for (let i = 0; i < 20; i++) await Promise.resolve()
    this.#apply(`${key}=${value}`)
  }

  *snapshot(): Iterable<Uint8Array> {
    for (const [key, value] of this.state) yield Buffer.from(`${key}=${value}`)
  }

  #apply(entry: string): void {
    const at = entry.indexOf('=')
    this.state.set(entry.slice(0, at), entry.slice(at + 1))
  }
}

/** Counters, changed before the change is written, with a snapshot that shows the state of one moment though it is read little by little. */
class Counters {
  readonly state = new Map<string, number>()
  #journal: Journal | undefined
  #frozen: Map<string, number> | undefined

  static async open(disk: MemoryDisk, options: Partial<JournalOptions> = {}): Promise<Counters> {
    const owner = new Counters()
    owner.#journal = await Journal.open({
      file, disk, sync: 'always', clock: new ManualClock(), logger: silentLogger, compaction: () => never, snapshotCovers: 'appended',
      replay(payload) {
        const [key, change] = payload.toString().split('+') as [string, string]
        owner.#add(key, Number(change))
      },
      snapshot: () => owner.#snapshot(),
      ...options,
    })
    return owner
  }

  get journal(): Journal {
    return this.#journal!
  }

  get isSnapshotOpen(): boolean {
    return this.#frozen !== undefined
  }

  add(key: string, change: number): Promise<void> {
    this.#add(key, change)
    return this.journal.append(Buffer.from(`${key}+${change}`))
  }

  #add(key: string, change: number): void {
    this.state.set(key, (this.state.get(key) ?? 0) + change)
  }

  *#snapshot(): Iterable<Uint8Array> {
    this.#frozen = new Map(this.state)
    try {
      for (const [key, value] of this.#frozen) yield Buffer.from(`${key}+${value}`)
    } finally {
      this.#frozen = undefined
    }
  }
}

describe('compaction', () => {
  it('puts a snapshot in the place of all entries', async () => {
    const disk = new MemoryDisk()
    const owner = await LastValues.open(disk)
    for (let i = 0; i < 100; i++) await owner.set(`k${i % 3}`, `${i}`)
    const before = owner.journal.sizeBytes
    await owner.journal.compact()
    expect(owner.journal.sizeBytes).toBeLessThan(before / 10)
    expect(owner.journal.sizeBytes).toBe(owner.journal.snapshotBytes)
    await owner.set('k3', 'after')
    const again = await LastValues.open(disk.afterPowerCut())
    expect(again.state).toEqual(owner.state)
    expect(again.journal.snapshotBytes).toBe(owner.journal.snapshotBytes)
    expect(disk.files()).toEqual([file])
  })

  it('begins by itself when the file has grown enough, also over several runs', async () => {
    const disk = new MemoryDisk()
    const policy = { minBytes: 2000, growthPercent: 100 }
    const largest: number[] = []
    for (let run = 0; run < 10; run++) {
      const owner = await LastValues.open(disk, { compaction: () => policy })
      for (let i = 0; i < 20; i++) {
        await owner.set('k', 'x'.repeat(50))
        largest.push(owner.journal.sizeBytes)
      }
      await owner.journal.close()
    }
    expect(Math.max(...largest)).toBeGreaterThan(1000)
    expect(Math.max(...largest)).toBeLessThan(2500)
    expect((await LastValues.open(disk)).state).toEqual(new Map([['k', 'x'.repeat(50)]]))
  })

  it('keeps what is appended meanwhile', async () => {
    const disk = new MemoryDisk()
    const owner = await LastValues.open(disk)
    for (let i = 0; i < 50; i++) await owner.set(`k${i}`, 'old')
    const compacted = owner.journal.compact()
    const sets: Promise<void>[] = []
    for (let i = 0; owner.journal.isCompacting; i++) {
      sets.push(owner.set(`k${i % 60}`, `new ${i}`))
      await turn()
    }
    await compacted
    await Promise.all(sets)
    expect(sets.length).toBeGreaterThan(5)
    expect((await LastValues.open(disk.afterPowerCut())).state).toEqual(owner.state)
  })

  it('waits until its owner has made the changes that are written', async () => {
    const disk = new MemoryDisk()
    const owner = await LastValues.open(disk)
    const set = owner.set('once', 'v')
    await owner.journal.compact()
    await set
    expect((await LastValues.open(disk.afterPowerCut())).state).toEqual(new Map([['once', 'v']]))
  })

  it('copies a long tail while appends go on', async () => {
    const disk = new MemoryDisk()
    const owner = await LastValues.open(disk, { sync: 'no' })
    await owner.set('a', 'b')
    const compacted = owner.journal.compact()
    for (let i = 0; i < 4; i++) await owner.set(`k${i}`, 'x'.repeat(400_000))
    await compacted
    await owner.set('z', 'end')
    expect((await LastValues.open(disk.afterKill())).state).toEqual(owner.state)
  })

  it('leaves the thread free while a large snapshot is written', async () => {
    const disk = new MemoryDisk()
    const clock = new ManualClock()
    let turns = 0
    const seen: number[] = []
    function* slowly(): Iterable<Uint8Array> {
      for (let i = 0; i < 10; i++) {
        clock.pass(3)
        seen.push(turns)
        yield Buffer.from(`k${i}=v`)
      }
    }
    const owner = await LastValues.open(disk, { clock, snapshot: slowly })
    const compacted = owner.journal.compact()
    const count = (): void => {
      turns++
      if (owner.journal.isCompacting) setImmediate(count)
    }
    count()
    await compacted
    expect(new Set(seen).size).toBeGreaterThanOrEqual(5)
  })

  it('joins one that is under way', async () => {
    const disk = new MemoryDisk()
    const owner = await LastValues.open(disk)
    await owner.set('a', 'b')
    const creates = disk.count('create')
    await Promise.all([owner.journal.compact(), owner.journal.compact()])
    expect(disk.count('create') - creates).toBe(1)
    expect(owner.journal.isCompacting).toBe(false)
  })

  it('is given up when the journal closes, and the old file stays', async () => {
    const disk = new MemoryDisk()
    const owner = await Counters.open(disk)
    for (let i = 0; i < 400; i++) void owner.add(`${i}`.padStart(2000, 'k'), 1)
    let closed: Promise<void> | undefined
    disk.before = (call, name) => {
      if (call !== 'write' || name === file) return
      expect(owner.isSnapshotOpen).toBe(true)
      closed ??= owner.journal.close()
    }
    await expect(owner.journal.compact()).rejects.toThrow('closed')
    await closed
    expect(owner.isSnapshotOpen).toBe(false)
    expect(disk.files()).toEqual([file])
    expect((await Counters.open(disk)).state).toEqual(owner.state)
  })

  it('that throws in its owner loses nothing', async () => {
    const disk = new MemoryDisk()
    const owner = await Counters.open(disk, { snapshot: () => { throw new Error('odd state') } })
    const added = owner.add('k', 1)
    await expect(owner.journal.compact()).rejects.toThrow('odd state')
    await added
    expect((await Counters.open(disk.afterPowerCut())).state).toEqual(owner.state)
  })

  it.each(['write', 'sync', 'rename', 'create', 'read'] as const)('that fails at %s of the new file leaves the old one in use', async (failing) => {
    const disk = new MemoryDisk()
    const owner = await Counters.open(disk)
    await owner.add('k', 1)
    const compacted = owner.journal.compact()
    const more = owner.add('k', 1)
    disk.before = (call, name) => {
      if (call === failing && (name !== file || call === 'read')) throw systemError('ENOSPC')
    }
    const outcome = await compacted.then(() => 'done', (thrown: { code: string }) => thrown.code)
    await more
    disk.before = () => {}
    await owner.add('k', 5)
    expect(outcome).toBe(failing === 'read' ? 'done' : 'MR_JOURNAL_IO')
    expect(disk.files()).toEqual([file])
    expect((await Counters.open(disk.afterPowerCut())).state).toEqual(owner.state)
  })

  it('ends the journal when nobody knows which file a power cut would leave', async () => {
    const disk = new MemoryDisk()
    const owner = await LastValues.open(disk)
    await owner.set('a', 'b')
    disk.before = (call) => {
      if (call === 'syncDirectory') throw systemError('EIO')
    }
    await expect(owner.journal.compact()).rejects.toThrow('replaced for good')
    await expect(owner.set('a', 'c')).rejects.toThrow('replaced for good')
  })
})

describe('a crash at any moment of a compaction', () => {
  it.each([['LastValues', LastValues], ['Counters', Counters]] as const)('keeps every acknowledged change once: %s', async (_, kind) => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 0, max: 40 }), fc.boolean(), fc.integer({ min: 1, max: 4 }), async (crashAt, power, perTurn) => {
      const disk = new MemoryDisk()
      const owner = await kind.open(disk)
      // Acknowledged, and asked for: what is found lies between the two.
      let acknowledged = 0
      let asked = 0
      const change = async (): Promise<void> => {
        const number = ++asked
        if (owner instanceof Counters) await owner.add('k', 1)
        else await owner.set('k', `${number}`)
        acknowledged++
      }
      for (let i = 0; i < 5; i++) await change()
      let calls = 0
      let crashed: { readonly disk: MemoryDisk; readonly acknowledged: number; readonly asked: number } | undefined
      disk.before = () => {
        if (calls++ === crashAt) crashed = { disk: power ? disk.afterPowerCut() : disk.afterKill(), acknowledged, asked }
      }
      const compacted = owner.journal.compact()
      const changes: Promise<void>[] = []
      while (owner.journal.isCompacting) {
        for (let i = 0; i < perTurn; i++) changes.push(change())
        await turn()
      }
      await Promise.all([compacted, ...changes])
      crashed ??= { disk: disk.afterPowerCut(), acknowledged, asked }
      const found = Number((await kind.open(crashed.disk)).state.get('k'))
      expect(found).toBeGreaterThanOrEqual(crashed.acknowledged)
      expect(found).toBeLessThanOrEqual(crashed.asked)
      expect(Number((await kind.open(disk.afterPowerCut())).state.get('k'))).toBe(asked)
    }), { numRuns: 100 })
  })
})
