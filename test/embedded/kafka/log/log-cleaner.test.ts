import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { silentLogger } from '../../../../src/base/logger.ts'
import { systemDisk } from '../../../../src/embedded/journal/disk.ts'
import type { LogSettings } from '../../../../src/embedded/kafka/log/log-settings.ts'
import { PartitionLog } from '../../../../src/embedded/kafka/log/partition-log.ts'
import { TailMemory } from '../../../../src/embedded/kafka/log/tail-memory.ts'
import { codecs } from '../../../../src/wire/codec.ts'
import type { Codec } from '../../../../src/wire/codec.ts'
import { batchOf, readAll } from './batches.ts'
import { LogOnDisk, startMs } from './log-on-disk.ts'

const opened: LogOnDisk[] = []
const copies: string[] = []
const rollKey = 'end of segment'

async function open(settings: Partial<LogSettings> = {}): Promise<LogOnDisk> {
  const made = await LogOnDisk.open({ settings: { cleanupPolicy: { delete: false, compact: true }, segmentBytes: 400, minCleanableDirtyRatio: 0, deleteRetentionMs: 1_000, fileDeleteDelayMs: 10, ...settings } })
  opened.push(made)
  return made
}

afterEach(async () => {
  for (const made of opened.splice(0)) await made.remove()
  for (const copy of copies.splice(0)) rmSync(copy, { recursive: true })
})

async function put(made: LogOnDisk, entries: readonly (readonly [key: string, value: string | null])[], codec: Codec = 'none'): Promise<void> {
  await made.log.append(batchOf(entries.map(([key, value]) => ({ key, value })), undefined, { codec }))
}

/** Ends the segment appended to, so that everything so far can be cleaned. */
async function roll(made: LogOnDisk): Promise<void> {
  const { settings } = made
  made.settings = { ...settings, segmentBytes: 1 }
  await put(made, [[rollKey, 'x']])
  made.settings = settings
}

/** Without what only ended a segment. */
async function shown(log: PartitionLog): Promise<string[]> {
  return (await readAll(log)).filter(({ key }) => key !== rollKey).map(({ offset, key, value }) => `${offset} ${key}=${value}`)
}

describe('compaction', () => {
  test.each(codecs)('keeps the last record of each key at its offset, in batches packed with %s', async (codec) => {
    const made = await open()
    for (let i = 0; i < 12; i++) await put(made, [['a', `${i}`], [`b${i % 3}`, `${i}`], ['c', 'x'.repeat(i)]], codec)
    await put(made, [['only', 'once']], codec)
    await roll(made)
    const size = made.log.sizeBytes
    await made.log.clean(startMs)
    const expected = ['28 b0=9', '31 b1=10', '33 a=11', '34 b2=11', `35 c=${'x'.repeat(11)}`, '36 only=once']
    expect(await shown(made.log)).toEqual(expected)
    expect(made.log.sizeBytes).toBeLessThan(size / 2)
    expect(await shown(await made.reopen())).toEqual(expected)
    expect(await shown(await made.crash())).toEqual(expected)
    expect(readdirSync(made.directory).filter((name) => /cleaned|deleted|tmp/.test(name))).toEqual([])
  })

  test('leaves alone what is not worth it yet, too young, or appended to', async () => {
    const made = await open({ minCleanableDirtyRatio: 0.5, minCompactionLagMs: 1_000 })
    for (let i = 0; i < 8; i++) await put(made, [['a', `${i}`]])
    const all = await shown(made.log)
    await roll(made)
    await made.log.clean(startMs + 999)
    expect(await shown(made.log)).toEqual(all)
    await made.log.clean(startMs + 1_001)
    expect(await shown(made.log)).toEqual(['7 a=7'])
    await put(made, [['a', '8']])
    await made.log.clean(startMs + 9_000)
    expect(await shown(made.log)).toEqual(['7 a=7', '9 a=8'])
    for (let i = 0; i < 20; i++) await put(made, [[`k${i}`, 'x'.repeat(100)]])
    await roll(made)
    await made.log.clean(startMs + 2_000)
    await put(made, [['k0', 'y']])
    await roll(made)
    const before = await shown(made.log)
    await made.log.clean(startMs + 3_000)
    expect(await shown(made.log)).toEqual(before)
    // What is older than max.compaction.lag.ms does not wait for the ratio.
    made.settings = { ...made.settings, maxCompactionLagMs: 500 }
    await made.log.clean(startMs + 3_000)
    expect(await shown(made.log)).toEqual(before.filter((line) => !line.includes('k0=x')))
  })

  test('keeps a tombstone until its time is over, and no value before it', async () => {
    const made = await open()
    await put(made, [['a', '1'], ['b', '1']])
    await put(made, [['a', null]])
    await roll(made)
    await made.log.clean(startMs)
    expect(await shown(made.log)).toEqual(['1 b=1', '2 a=null'])
    await put(made, [['c', '1']])
    await roll(made)
    await made.log.clean(startMs + 999)
    expect(await shown(made.log)).toEqual(['1 b=1', '2 a=null', '4 c=1'])
    await roll(made)
    await made.reopen()
    await made.log.clean(startMs + 1_000)
    expect(await shown(made.log)).toEqual(['1 b=1', '4 c=1'])
    expect(await made.log.offsetForTimestamp(startMs)).toEqual({ offset: 1, timestamp: startMs })
  })

  test('takes out what was rolled back, keeps what was committed, and what is still open', async () => {
    const made = await open()
    const transactional = (id: number, sequence: number, key: string, value: string) => made.log.append(batchOf([{ key, value }], { id, epoch: 0, sequence, transactional: true }))
    await put(made, [['a', 'before']])
    await transactional(1, 0, 'a', 'aborted')
    await transactional(2, 0, 'b', 'committed')
    await made.log.appendMarker('abort', { id: 1, epoch: 0 }, 0)
    await made.log.appendMarker('commit', { id: 2, epoch: 0 }, 0)
    await roll(made)
    await transactional(3, 0, 'b', 'open')
    await roll(made)
    await made.log.clean(startMs)
    const committed = async () => {
      const lines = []
      for (let offset = 0; offset < made.log.lastStableOffset;) {
        const { batches, abortedTransactions } = await made.log.read({ offset, maxBytes: 1_000_000, minOneBatch: true, isolation: 'read_committed' })
        if (batches.length === 0) break
        lines.push(...abortedTransactions.map(({ producerId }) => `aborted ${producerId}`))
        offset = Math.max(offset + 1, Number(batches.at(-1)!.readBigInt64BE(0)) + 1)
      }
      return lines
    }
    expect(await shown(made.log)).toEqual(['0 a=before', '2 b=committed', '6 b=open'])
    expect(made.log.lastStableOffset).toBe(6)
    await committed()
    // The producers' last sequence is known from the log alone.
    rmSync(join(made.directory, 'partition-state.json'))
    for (const name of readdirSync(made.directory)) if (name.endsWith('.snapshot')) rmSync(join(made.directory, name))
    const log = await made.crash()
    expect(await log.append(batchOf([{ key: 'a', value: 'aborted' }], { id: 1, epoch: 0, sequence: 0, transactional: true }))).toMatchObject({ duplicate: true, baseOffset: 1 })
    expect([log.lastStableOffset, log.openTransaction(3), log.openTransaction(1)]).toEqual([6, 6, undefined])
  })

  test('drops the marker of an aborted transaction once nothing of it is left, and its entry with it', async () => {
    const made = await open({ producerIdExpirationMs: 1 })
    await made.log.append(batchOf([{ key: 'a', value: 'aborted' }], { id: 1, epoch: 0, sequence: 0, transactional: true }))
    await made.log.appendMarker('abort', { id: 1, epoch: 0 }, 0)
    made.clock.advance(10)
    const aborted = async () => (await made.log.read({ offset: 0, maxBytes: 10_000, minOneBatch: true, isolation: 'read_committed' })).abortedTransactions
    await made.log.enforceRetention(made.clock.now())
    for (let pass = 0; pass < 2; pass++) {
      await roll(made)
      await made.log.clean(startMs + 10 * pass)
      expect(await aborted()).toEqual([{ producerId: 1, firstOffset: 0 }])
    }
    await roll(made)
    await made.log.clean(startMs + 2_000)
    expect(await aborted()).toEqual([])
    expect(await shown(made.log)).toEqual([])
  })

  test('lets a reader finish with the segment it has begun', async () => {
    const made = await open({ segmentBytes: 20_000 })
    for (let i = 0; i < 100; i++) await put(made, [['a', `${i}`.padStart(100)]])
    await roll(made)
    const before = await shown(made.log)
    const reads = Array.from({ length: 50 }, (_, offset) => made.log.read({ offset, maxBytes: 10_000, minOneBatch: true, isolation: 'read_uncommitted' }))
    const cleaning = made.log.clean(startMs)
    for (const { sizeBytes } of await Promise.all(reads)) expect(sizeBytes).toBeGreaterThan(5_000)
    await cleaning
    made.clock.advance(1_000)
    expect(await shown(made.log)).toEqual(before.slice(-1))
  })
})

describe('a crash during compaction', () => {
  async function dirty(): Promise<LogOnDisk> {
    const made = await open({ segmentBytes: 800 })
    for (let i = 0; i < 9; i++) await put(made, [['a', `${i}`], [`b${i % 2}`, `${i}`]])
    await made.log.append(batchOf([{ key: 'a', value: 'aborted' }], { id: 1, epoch: 0, sequence: 0, transactional: true }))
    await made.log.appendMarker('abort', { id: 1, epoch: 0 }, 0)
    await roll(made)
    await made.log.flush()
    return made
  }

  /** The last of each key, which no crash may take, and nothing that was never there. */
  async function isRight(log: PartitionLog): Promise<void> {
    const lines = await shown(log)
    for (const line of ['15 b1=7', '16 a=8', '17 b0=8']) expect(lines).toContain(line)
    expect(lines.map((line) => Number.parseInt(line, 10))).toEqual(lines.map((line) => Number.parseInt(line, 10)).toSorted((a, b) => a - b))
    expect(log.logEndOffset).toBe(21)
    const { abortedTransactions } = await log.read({ offset: 18, maxBytes: 10_000, minOneBatch: true, isolation: 'read_committed' })
    expect(abortedTransactions).toEqual([{ producerId: 1, firstOffset: 18 }])
  }

  /** Answers whether the disk lived long enough. */
  async function cleanWithDeathAfter(operations: number): Promise<boolean> {
    const made = await dirty()
    made.disk.dieAfter(operations)
    const done = await Promise.race([made.log.clean(startMs).then(() => true), made.disk.died.then(() => false)])
    const log = await made.crash()
    await isRight(log)
    await log.clean(startMs)
    expect(await shown(log)).toHaveLength(3)
    await isRight(log)
    return done
  }

  test('after any operation of the disk leaves every last record', async () => {
    const atOnce = 8
    let operations = 0
    for (let done = false; !done; operations += atOnce) {
      const finished = await Promise.all(Array.from({ length: atOnce }, (_, i) => cleanWithDeathAfter(operations + i)))
      done = finished.every(Boolean)
    }
    expect(operations).toBeGreaterThan(20)
  })

  test('between any two files of a swap is made good at the next start', async () => {
    const made = await dirty()
    await made.reopen()
    const bases = readdirSync(made.directory).filter((name) => name.endsWith('.log')).toSorted()
    const old = mkdtempSync(join(tmpdir(), 'millrace-swap-'))
    copies.push(old)
    cpSync(made.directory, old, { recursive: true })
    made.settings = { ...made.settings, segmentBytes: 100_000 }
    await made.log.clean(startMs)
    await made.reopen()
    const [first] = bases
    const suffixes = ['.txnindex', '.timeindex', '.index', '.log']
    for (let renamed = 0; renamed <= suffixes.length; renamed++) {
      for (let removed = 0; removed < bases.length - 1; removed++) {
        const directory = mkdtempSync(join(tmpdir(), 'millrace-swap-'))
        copies.push(directory)
        cpSync(old, directory, { recursive: true })
        for (const name of bases.slice(0, removed)) renameSync(join(directory, name), join(directory, `${name}.1.deleted`))
        for (const [i, suffix] of suffixes.entries()) {
          const name = first!.replace('.log', suffix)
          cpSync(join(made.directory, name), join(directory, i < renamed ? name : `${name}.cleaned`))
        }
        writeFileSync(join(directory, 'partition-state.json'), JSON.stringify({
          logStartOffset: 0, recoveryPoint: 20, cleanedOffset: 20, swap: { baseOffset: 0, replaced: bases.slice(0, -1).map((name) => Number.parseInt(name, 10)) },
        }))
        const log = await PartitionLog.open({ topic: 'lines', partition: 0, place: { directory, disk: systemDisk, memory: new TailMemory(1) }, settings: () => made.settings, clock: made.clock, logger: silentLogger })
        expect(await shown(log)).toHaveLength(3)
        await isRight(log)
        await log.close()
      }
    }
  })
})
