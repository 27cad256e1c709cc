import { readdirSync } from 'node:fs'
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
})
