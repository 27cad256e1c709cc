import { readdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { batchOf, batchOfValues, readAll, recordsOf } from './batches.ts'
import { LogOnDisk, startMs } from './log-on-disk.ts'
import type { LogOnDiskOptions } from './log-on-disk.ts'

const opened: LogOnDisk[] = []

async function open(options?: LogOnDiskOptions): Promise<LogOnDisk> {
  const made = await LogOnDisk.open(options)
  opened.push(made)
  return made
}

afterEach(async () => {
  for (const made of opened.splice(0)) await made.remove()
})

describe('a log', () => {
  test('gives offsets in the order of the calls and serves what it took', async () => {
    const { log } = await open()
    const taken = await Promise.all(['a', 'b', 'c'].map((value) => log.append(batchOfValues(value, `${value}2`))))
    expect(taken.map(({ baseOffset, lastOffset }) => [baseOffset, lastOffset])).toEqual([[0, 1], [2, 3], [4, 5]])
    expect(log.logEndOffset).toBe(6)
    expect((await readAll(log)).map(({ offset, value }) => `${offset}${value}`)).toEqual(['0a', '1a2', '2b', '3b2', '4c', '5c2'])
  })

  test('serves at least the first batch whole, and no batch in part', async () => {
    const { log } = await open()
    for (let i = 0; i < 10; i++) await log.append(batchOfValues(`value ${i}`))
    const read = (offset: number, maxBytes: number, minOneBatch: boolean) => log.read({ offset, maxBytes, minOneBatch, isolation: 'read_uncommitted' })
    expect(recordsOf((await read(3, 1, true)).batches)).toHaveLength(1)
    expect((await read(3, 1, false)).batches).toEqual([])
    const one = (await read(0, 1, true)).sizeBytes
    expect((await read(0, 3 * one + 5, true)).sizeBytes).toBe(3 * one)
    expect((await read(10, 1, true)).batches).toEqual([])
    await expect(read(11, 1, true)).rejects.toMatchObject({ kafkaError: 'OFFSET_OUT_OF_RANGE' })
  })

  test('rolls at segment.bytes and reads across segments, also after a restart and a crash', async () => {
    const made = await open({ settings: { segmentBytes: 300 } })
    const values = Array.from({ length: 20 }, (_, i) => `value ${i}`)
    for (const value of values) await made.log.append(batchOfValues(value))
    expect(readdirSync(made.directory).filter((name) => name.endsWith('.log')).length).toBeGreaterThan(5)
    const opens = [() => made.log, () => made.reopen(), () => made.crash(), () => made.crash()]
    for (const open of opens) {
      const log = await open()
      expect(log.logEndOffset).toBe(20)
      expect((await readAll(log)).map(({ value }) => value)).toEqual(values)
    }
  })

  test('finds records by their time', async () => {
    const { log } = await open({ settings: { segmentBytes: 500, indexIntervalBytes: 50 } })
    for (let i = 0; i < 30; i++) await log.append(batchOf([{ timestamp: startMs + 10 * i }, { timestamp: startMs + 10 * i + 5 }]))
    expect(await log.offsetForTimestamp(startMs + 101)).toEqual({ offset: 21, timestamp: startMs + 105 })
    expect(await log.offsetForTimestamp(0)).toEqual({ offset: 0, timestamp: startMs })
    expect(await log.offsetForTimestamp(startMs + 1_000)).toBeUndefined()
    expect(await log.offsetOfMaxTimestamp()).toEqual({ offset: 59, timestamp: startMs + 295 })
  })

  test('finds the first record that is not older, in whatever order the times come', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.array(fc.nat(50), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 30 }), fc.boolean(), async (batches, reopen) => {
      const made = await open({ settings: { segmentBytes: 600, indexIntervalBytes: 100, segmentMs: Infinity } })
      for (const times of batches) await made.log.append(batchOf(times.map((time) => ({ timestamp: startMs + time }))))
      const log = reopen ? await made.reopen() : made.log
      const times = batches.flat()
      for (let time = 0; time <= 51; time += 3) {
        const offset = times.findIndex((other) => other >= time)
        expect(await log.offsetForTimestamp(startMs + time)).toEqual(offset < 0 ? undefined : { offset, timestamp: startMs + times[offset]! })
      }
      const greatest = Math.max(...times)
      expect(await log.offsetOfMaxTimestamp()).toEqual({ offset: times.indexOf(greatest), timestamp: startMs + greatest })
    }), { numRuns: 20 })
  })

  test('says how much there is to read, and nothing at the end', async () => {
    const made = await open({ settings: { segmentBytes: 300 } })
    for (let i = 0; i < 10; i++) await made.log.append(batchOfValues(`value ${i}`))
    for (const log of [made.log, await made.reopen()]) {
      const [whole, last] = [log.availableBytes(0, 'read_uncommitted'), log.availableBytes(9, 'read_uncommitted')]
      expect(whole).toBe(log.sizeBytes)
      expect(last).toBeGreaterThan(0)
      expect(last).toBeLessThan(whole / 2)
      expect(log.availableBytes(10, 'read_uncommitted')).toBe(0)
    }
  })

  test('tells its listeners after every change, until they have enough', async () => {
    const { log } = await open()
    let told = 0
    const leave = log.onAdvance(() => told++)
    await Promise.all([log.append(batchOfValues('a')), log.append(batchOfValues('b'))])
    expect(told).toBe(1)
    await log.deleteRecordsBefore(1)
    expect(told).toBe(2)
    leave()
    await log.append(batchOfValues('c'))
    expect(told).toBe(2)
  })

  test('writes what waits when it is closed, and takes nothing more', async () => {
    const made = await open()
    const { log } = made
    const waiting = log.append(batchOfValues('waiting'))
    const reopening = made.reopen()
    expect(await waiting).toMatchObject({ baseOffset: 0 })
    await expect(log.append(batchOfValues('late'))).rejects.toMatchObject({ kafkaError: 'NOT_LEADER_OR_FOLLOWER' })
    expect((await readAll(await reopening)).map(({ value }) => value)).toEqual(['waiting'])
  })

  test('opens after a clean shutdown without reading its segments, but for a small last one', async () => {
    const made = await open({ settings: { segmentBytes: 300 } })
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 5; i++) await made.log.append(batchOfValues(`value ${i}`))
      await made.reopen()
      expect(made.disk.reads).toBeLessThanOrEqual(1)
      expect(made.log.logEndOffset).toBe(5 * round + 5)
    }
    await made.crash()
    expect(made.disk.reads).toBeGreaterThan(0)
  })
})

describe('of a log, deletion', () => {
  test('takes whole segments that are too old, and the one appended to when all of it is', async () => {
    const made = await open({ settings: { segmentBytes: 300, retentionMs: 1_000, fileDeleteDelayMs: 50 } })
    for (let i = 0; i < 6; i++) await made.log.append(batchOf([{ timestamp: startMs + 100 * i }, {}]))
    const logs = (): string[] => readdirSync(made.directory).filter((name) => name.endsWith('.log'))
    const all = logs().length
    await made.log.enforceRetention(startMs + 1_000)
    expect(made.log.logStartOffset).toBe(0)
    await made.log.enforceRetention(startMs + 1_301)
    expect(made.log.logStartOffset).toBeGreaterThan(0)
    expect(made.log.logStartOffset).toBeLessThan(12)
    expect(logs().length).toBeLessThan(all)
    await made.log.enforceRetention(startMs + 10_000)
    expect([made.log.logStartOffset, made.log.logEndOffset, made.log.sizeBytes]).toEqual([12, 12, 0])
    await expect(made.log.read({ offset: 11, maxBytes: 1, minOneBatch: true, isolation: 'read_uncommitted' })).rejects.toMatchObject({ kafkaError: 'OFFSET_OUT_OF_RANGE' })
    const log = await made.crash()
    expect([log.logStartOffset, log.logEndOffset]).toEqual([12, 12])
    expect(await log.append(batchOfValues('next'))).toMatchObject({ baseOffset: 12 })
  })

  test('takes whole segments while there is too much', async () => {
    const made = await open({ settings: { segmentBytes: 300, retentionBytes: 700 } })
    for (let i = 0; i < 20; i++) await made.log.append(batchOfValues(`value ${i}`))
    await made.log.enforceRetention(startMs)
    expect(made.log.sizeBytes).toBeGreaterThanOrEqual(700)
    expect(made.log.sizeBytes).toBeLessThan(1_000)
    const values = (await readAll(made.log)).map(({ value }) => value)
    expect(values).toEqual(Array.from({ length: 20 }, (_, i) => `value ${i}`).slice(-values.length))
  })

  test('of records moves the start for good, also within a segment', async () => {
    const made = await open()
    for (let i = 0; i < 10; i++) await made.log.append(batchOfValues(`value ${i}`))
    expect(await made.log.deleteRecordsBefore(4)).toBe(4)
    expect(await made.log.deleteRecordsBefore(2)).toBe(4)
    await expect(made.log.deleteRecordsBefore(11)).rejects.toMatchObject({ kafkaError: 'OFFSET_OUT_OF_RANGE' })
    const log = await made.crash()
    expect(log.logStartOffset).toBe(4)
    expect(await log.deleteRecordsBefore(-1)).toBe(10)
    expect(await made.crash()).toMatchObject({ logStartOffset: 10, logEndOffset: 10 })
    made.settings = { ...made.settings, cleanupPolicy: { delete: false, compact: true } }
    await expect(made.log.deleteRecordsBefore(-1)).rejects.toMatchObject({ kafkaError: 'POLICY_VIOLATION' })
  })

  test('that outlived the records after a power cut leaves an empty log at its start', async () => {
    const made = await open()
    for (let i = 0; i < 5; i++) await made.log.append(batchOfValues('x'))
    await made.log.deleteRecordsBefore(5)
    for (const name of readdirSync(made.directory)) if (name.endsWith('.log')) truncateSync(join(made.directory, name))
    expect(await made.crash()).toMatchObject({ logStartOffset: 5, logEndOffset: 5 })
    expect(await made.log.append(batchOfValues('next'))).toMatchObject({ baseOffset: 5 })
  })
})
