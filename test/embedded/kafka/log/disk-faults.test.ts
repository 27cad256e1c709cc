import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { waitUntil } from '../../../support/wait-until.ts'
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

function failing(code: string): () => void {
  return () => {
    throw Object.assign(new Error(`${code}: the disk says no`), { code })
  }
}

const isLog = (path: string): boolean => path.endsWith('.log')

describe('when the disk is full', () => {
  test('what could not be written is refused, and taken again once there is room', async () => {
    const made = await open()
    const { log, disk } = made
    await log.append(batchOfValues('before'))
    const by = { id: 7, epoch: 0, sequence: 0 }
    disk.beforeWrite = failing('ENOSPC')
    await expect(log.append(batchOf([{ value: 'lost' }], by))).rejects.toMatchObject({ kafkaError: 'KAFKA_STORAGE_ERROR' })
    expect(log.logEndOffset).toBe(1)
    disk.beforeWrite = () => {}
    expect(await log.append(batchOf([{ value: 'after' }], by))).toMatchObject({ baseOffset: 1, duplicate: false })
    for (const log of [made.log, await made.crash()]) expect((await readAll(log)).map(({ value }) => value)).toEqual(['before', 'after'])
  })

  test('bytes that did get out are cut off again', async () => {
    const made = await open()
    const { log, disk } = made
    await log.append(batchOfValues('before'))
    const file = join(made.directory, readdirSync(made.directory).find(isLog)!)
    const size = readFileSync(file).length
    disk.beforeSync = failing('EIO')
    made.settings = { ...made.settings, flushMessages: 1 }
    await expect(log.append(batchOfValues('not synced'))).rejects.toMatchObject({ kafkaError: 'KAFKA_STORAGE_ERROR' })
    expect(readFileSync(file).length).toBe(size)
    expect((await readAll(log)).map(({ value }) => value)).toEqual(['before'])
  })

  test('after a failed sync nothing more is taken: nobody knows what the disk has', async () => {
    const made = await open({ settings: { flushMessages: 1 } })
    made.disk.beforeSync = failing('EIO')
    await expect(made.log.append(batchOfValues('a'))).rejects.toMatchObject({ kafkaError: 'KAFKA_STORAGE_ERROR' })
    made.disk.beforeSync = () => {}
    await expect(made.log.append(batchOfValues('b'))).rejects.toMatchObject({ kafkaError: 'KAFKA_STORAGE_ERROR' })
  })

  test('the rest of a write that cannot be cut off is cut off before the next', async () => {
    const made = await open()
    const { log, disk } = made
    disk.beforeWrite = failing('ENOSPC')
    disk.beforeTruncate = failing('EIO')
    await expect(log.append(batchOfValues('a'))).rejects.toMatchObject({ kafkaError: 'KAFKA_STORAGE_ERROR' })
    disk.beforeWrite = () => {}
    await expect(log.append(batchOfValues('b'))).rejects.toMatchObject({ kafkaError: 'KAFKA_STORAGE_ERROR' })
    disk.beforeTruncate = () => {}
    await log.append(batchOfValues('c'))
    expect((await readAll(log)).map(({ value }) => value)).toEqual(['c'])
  })

  test('a segment that cannot be begun refuses the batch it was for', async () => {
    const made = await open({ settings: { segmentBytes: 100 } })
    await made.log.append(batchOfValues('a'))
    made.disk.beforeCreate = failing('ENOSPC')
    await expect(made.log.append(batchOfValues('b'))).rejects.toMatchObject({ kafkaError: 'KAFKA_STORAGE_ERROR' })
    made.disk.beforeCreate = () => {}
    await made.log.append(batchOfValues('c'))
    expect((await readAll(made.log)).map(({ value }) => value)).toEqual(['a', 'c'])
  })
})

describe('the disk is told to sync', () => {
  const logSyncs = ({ disk }: LogOnDisk): number => disk.syncs.filter(isLog).length

  test('never for appends alone by default', async () => {
    const made = await open()
    const before = logSyncs(made)
    for (let i = 0; i < 5; i++) await made.log.append(batchOfValues('a'))
    made.clock.advance(1e9)
    expect(logSyncs(made)).toBe(before)
  })

  test('once before the answers of one turn with flush.messages 1', async () => {
    const made = await open({ settings: { flushMessages: 1 } })
    const before = logSyncs(made)
    await Promise.all(Array.from({ length: 50 }, () => made.log.append(batchOfValues('a'))))
    expect(logSyncs(made)).toBe(before + 1)
    await made.log.append(batchOfValues('b'))
    expect(logSyncs(made)).toBe(before + 2)
  })

  test('after so many records with flush.messages', async () => {
    const made = await open({ settings: { flushMessages: 4 } })
    const before = logSyncs(made)
    await made.log.append(batchOfValues('a', 'b', 'c'))
    expect(logSyncs(made)).toBe(before)
    await made.log.append(batchOfValues('d'))
    expect(logSyncs(made)).toBe(before + 1)
  })

  test('so long after the first append with flush.ms', async () => {
    const made = await open({ settings: { flushMs: 1_000 } })
    const before = logSyncs(made)
    await made.log.append(batchOfValues('a'))
    await made.log.append(batchOfValues('b'))
    made.clock.advance(999)
    expect(logSyncs(made)).toBe(before)
    made.clock.advance(1)
    await waitUntil('a sync', () => logSyncs(made) === before + 1)
    made.clock.advance(10_000)
    expect(logSyncs(made)).toBe(before + 1)
  })

  test('at the end of a segment, at flush and at close', async () => {
    const made = await open({ settings: { segmentBytes: 100 } })
    const before = logSyncs(made)
    await made.log.append(batchOfValues('a'))
    await made.log.append(batchOfValues('b'))
    await waitUntil('the full segment to be synced', () => logSyncs(made) === before + 1)
    await made.log.flush()
    expect(logSyncs(made)).toBe(before + 2)
    await made.log.flush()
    expect(logSyncs(made)).toBe(before + 2)
    await made.reopen()
  })
})
