import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { readAtStartBytes } from '../../../../src/embedded/kafka/log/save-log.ts'
import { batchOf, batchOfValues, readAll } from './batches.ts'
import { LogOnDisk } from './log-on-disk.ts'
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

/** What closing it costs, and the log opened again. */
async function syncsOfReopening(made: LogOnDisk): Promise<string[]> {
  const { disk } = made
  disk.syncs.length = 0
  await made.reopen()
  return disk.syncs.map((path) => path.slice(made.directory.length))
}

const values = async (made: LogOnDisk): Promise<(string | null)[]> => (await readAll(made.log)).map(({ value }) => value)
const file = (made: LogOnDisk, suffix: string): string => join(made.directory, readdirSync(made.directory).findLast((name) => name.endsWith(suffix))!)
const by = (sequence: number) => ({ id: 7, epoch: 0, sequence })
const large = 'x'.repeat(readAtStartBytes)

describe('closing a log', () => {
  test('costs no sync when nothing was ever written to it', async () => {
    const made = await open()
    expect(await syncsOfReopening(made)).toEqual([])
    expect(await syncsOfReopening(made)).toEqual([])
  })

  test('costs one sync when it was written to, and none when it was not since it was opened', async () => {
    const made = await open()
    for (const value of ['a', 'b']) {
      await made.log.append(batchOfValues(value))
      expect(await syncsOfReopening(made)).toEqual(['/00000000000000000000.log'])
      expect(await syncsOfReopening(made)).toEqual([])
    }
    expect(await values(made)).toEqual(['a', 'b'])
  })

  test('keeps at most one snapshot beyond the last full segment', async () => {
    const made = await open()
    for (const value of ['a', 'b', 'c']) {
      await made.log.append(batchOfValues(value))
      await made.reopen()
    }
    expect(readdirSync(made.directory).filter((name) => name.endsWith('.snapshot'))).toEqual(['00000000000000000003.snapshot'])
  })

  test('writes a log start that only memory knew of', async () => {
    const made = await open({ settings: { segmentBytes: 100, retentionMs: 1000 } })
    for (const value of ['a', 'b', 'c']) await made.log.append(batchOfValues(value))
    made.clock.advance(2000)
    await made.log.append(batchOf([{ value: 'd', timestamp: made.clock.now() }]))
    await made.log.enforceRetention(made.clock.now())
    const { logStartOffset } = made.log
    expect(logStartOffset).toBe(3)
    await made.reopen()
    await made.crash()
    expect(made.log.logStartOffset).toBe(logStartOffset)
    expect(await values(made)).toEqual(['d'])
  })
})

describe('a closed log', () => {
  test.each([['few', 'a'], ['many', large]])('with %s bytes in its last segment finds records by time and offset', async (_, value) => {
    const made = await open()
    const at = (i: number): number => made.clock.now() + i * 1000
    for (let i = 0; i < 5; i++) await made.log.append(batchOf([{ value: `${i}${value}`, timestamp: at(i) }]))
    await made.reopen()
    expect(await made.log.offsetForTimestamp(at(3))).toEqual({ offset: 3, timestamp: at(3) })
    expect(await made.log.offsetOfMaxTimestamp()).toEqual({ offset: 4, timestamp: at(4) })
    expect((await values(made)).map((value) => value![0])).toEqual(['0', '1', '2', '3', '4'])
  })

  test.each([['few', 'a'], ['many', large]])('with %s bytes knows what was rolled back, and its producers', async (_, value) => {
    const made = await open()
    await made.log.append(batchOf([{ value }], { ...by(0), transactional: true }))
    await made.log.appendMarker('abort', { id: 7, epoch: 0 }, 0)
    for (const reopen of [() => made.reopen(), () => made.reopen(), () => made.crash()]) {
      await reopen()
      const { abortedTransactions: aborted } = await made.log.read({ offset: 0, maxBytes: 1 << 20, minOneBatch: true, isolation: 'read_committed' })
      expect(aborted).toMatchObject([{ producerId: 7, firstOffset: 0 }])
      expect(await made.log.append(batchOf([{ value }], { ...by(0), transactional: true }))).toMatchObject({ baseOffset: 0, duplicate: true })
    }
  })

  test('is read again when a power cut took the snapshot of its producers', async () => {
    const made = await open()
    await made.log.append(batchOf([{ value: 'a' }], by(0)))
    await made.log.close()
    for (const left of [0, 12]) {
      truncateSync(file(made, '.snapshot'), left)
      await made.reopen()
      expect(await made.log.append(batchOf([{ value: 'a' }], by(0)))).toMatchObject({ duplicate: true })
    }
    expect(await values(made)).toEqual(['a'])
  })

  test('serves nothing that was damaged behind its back', async () => {
    const made = await open()
    for (const value of ['a', 'b']) await made.log.append(batchOfValues(value))
    await made.log.close()
    const bytes = readFileSync(file(made, '.log'))
    bytes[bytes.length - 2]! ^= 1
    writeFileSync(file(made, '.log'), bytes)
    await made.reopen()
    expect(await values(made)).toEqual(['a'])
  })

  test('has an index when its last segment is large', async () => {
    const made = await open()
    await made.log.append(batchOfValues(large))
    await made.reopen()
    expect(existsSync(file(made, '.log').replace('.log', '.index'))).toBe(true)
  })
})
