import { afterEach, describe, expect, test } from 'vitest'
import { Refusal } from '../../../../src/embedded/kafka/refusal.ts'
import type { PartitionLog } from '../../../../src/embedded/kafka/log/partition-log.ts'
import { batchOf, recordsOf } from './batches.ts'
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

/** One batch of `count` records of producer 9. */
function sent(sequence: number, count = 1, epoch = 0, transactional = false): Buffer {
  return batchOf(Array.from({ length: count }, (_, i) => ({ value: `${epoch}/${sequence + i}` })), { id: 9, epoch, sequence, transactional })
}

const outOfOrder = { kafkaError: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }

describe('of an idempotent producer', () => {
  test('each of the last five batches sent again is answered with its offset, and not written', async () => {
    const made = await open()
    for (let i = 0; i < 6; i++) await made.log.append(sent(2 * i, 2))
    for (const reopen of [() => made.log, () => made.reopen(), () => made.crash()]) {
      const log = await reopen()
      for (let i = 1; i < 6; i++) expect(await log.append(sent(2 * i, 2))).toMatchObject({ baseOffset: 2 * i, lastOffset: 2 * i + 1, duplicate: true })
      await expect(log.append(sent(0, 2))).rejects.toMatchObject(outOfOrder)
      expect(log.logEndOffset).toBe(12)
    }
    expect(await made.log.append(sent(12))).toMatchObject({ baseOffset: 12, duplicate: false })
  })

  test('the window outlives a crash after segments were rolled', async () => {
    const made = await open({ settings: { segmentBytes: 200 } })
    for (let i = 0; i < 6; i++) await made.log.append(sent(i))
    await made.log.flush()
    const log = await made.crash()
    expect(await log.append(sent(3))).toMatchObject({ baseOffset: 3, duplicate: true })
    expect(await log.append(sent(6))).toMatchObject({ baseOffset: 6, duplicate: false })
  })

  test('a gap is refused, also within one turn', async () => {
    const { log } = await open()
    const answers = await Promise.allSettled([log.append(sent(0)), log.append(sent(2)), log.append(sent(1))])
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(answers[1]).toMatchObject({ reason: outOfOrder })
  })

  test('one that is not known may begin anywhere', async () => {
    const { log } = await open()
    expect(await log.append(sent(1_000))).toMatchObject({ baseOffset: 0 })
  })

  test('sequence numbers go on from 0 after the greatest', async () => {
    const { log } = await open()
    await log.append(sent(2 ** 31 - 2, 4))
    expect(await log.append(sent(2, 1))).toMatchObject({ baseOffset: 4, duplicate: false })
    expect(await log.append(sent(2 ** 31 - 2, 4))).toMatchObject({ baseOffset: 0, duplicate: true })
    await expect(log.append(sent(4))).rejects.toMatchObject(outOfOrder)
  })

  test('a new epoch begins at 0 and ends the old one', async () => {
    const { log } = await open()
    await log.append(sent(0))
    await expect(log.append(sent(1, 1, 1))).rejects.toMatchObject(outOfOrder)
    await log.append(sent(0, 1, 1))
    await expect(log.append(sent(1, 1, 0))).rejects.toMatchObject({ kafkaError: 'INVALID_PRODUCER_EPOCH' })
  })

  test('one that sent nothing for long enough is forgotten', async () => {
    const made = await open({ settings: { producerIdExpirationMs: 1_000, retentionMs: -1 } })
    await made.log.append(sent(0))
    made.clock.advance(1_000)
    await made.log.enforceRetention(made.clock.now())
    expect(made.log.activeProducers()).toHaveLength(1)
    made.clock.advance(1)
    await made.log.enforceRetention(made.clock.now())
    expect(made.log.activeProducers()).toEqual([])
    expect(await made.log.append(sent(77))).toMatchObject({ baseOffset: 1 })
  })
})

describe('a transaction', () => {
  const committed = async (log: PartitionLog, offset = 0) => {
    const { batches, abortedTransactions } = await log.read({ offset, maxBytes: 100_000, minOneBatch: true, isolation: 'read_committed' })
    return { values: recordsOf(batches, offset).map(({ value }) => value), aborted: abortedTransactions }
  }

  test('holds back what is behind its first record until it ends', async () => {
    const made = await open()
    const { log } = made
    await log.append(batchOf([{ value: 'plain' }]))
    await log.append(sent(0, 1, 0, true))
    await log.append(batchOf([{ value: 'behind' }]))
    expect([log.lastStableOffset, log.logEndOffset, log.openTransaction(9)]).toEqual([1, 3, 1])
    expect(log.availableBytes(1, 'read_committed')).toBe(0)
    expect((await committed(log)).values).toEqual(['plain'])
    await log.appendMarker('commit', { id: 9, epoch: 0 }, 0)
    for (const reopen of [() => log, () => made.reopen(), () => made.crash()]) {
      const log = await reopen()
      expect([log.lastStableOffset, log.logEndOffset, log.openTransaction(9)]).toEqual([4, 4, undefined])
      expect(await committed(log)).toEqual({ values: ['plain', '0/0', 'behind'], aborted: [] })
    }
  })

  test('that is rolled back is listed to those who read where it was', async () => {
    const made = await open({ settings: { segmentBytes: 400 } })
    await made.log.append(sent(0, 1, 0, true))
    for (let i = 0; i < 5; i++) await made.log.append(batchOf([{ value: `plain ${i}` }]))
    await made.log.appendMarker('abort', { id: 9, epoch: 0 }, 3)
    for (let i = 5; i < 9; i++) await made.log.append(batchOf([{ value: `plain ${i}` }]))
    await made.log.flush()
    for (const reopen of [() => made.log, () => made.reopen(), () => made.crash()]) {
      const log = await reopen()
      expect((await committed(log)).aborted).toEqual([{ producerId: 9, firstOffset: 0 }])
      expect((await committed(log, 3)).aborted).toEqual([{ producerId: 9, firstOffset: 0 }])
      expect((await committed(log, 8)).aborted).toEqual([])
    }
  })

  test('is open again after a crash', async () => {
    const made = await open({ settings: { segmentBytes: 200 } })
    await made.log.append(sent(0, 1, 0, true))
    for (let i = 0; i < 4; i++) await made.log.append(batchOf([{}]))
    await made.log.flush()
    const log = await made.crash()
    expect([log.lastStableOffset, log.openTransaction(9)]).toEqual([0, 0])
    await expect(log.append(sent(1))).rejects.toMatchObject({ kafkaError: 'INVALID_TXN_STATE' })
    await log.append(sent(1, 1, 0, true))
  })

  test('is ended by no marker of an epoch that is over', async () => {
    const { log } = await open()
    await log.append(sent(0, 1, 1, true))
    await expect(log.appendMarker('abort', { id: 9, epoch: 0 }, 0)).rejects.toMatchObject({ kafkaError: 'INVALID_PRODUCER_EPOCH' })
    await log.appendMarker('abort', { id: 9, epoch: 2 }, 0)
    await expect(log.append(sent(1, 1, 1, true))).rejects.toMatchObject({ kafkaError: 'INVALID_PRODUCER_EPOCH' })
    await log.append(sent(0, 1, 2, true))
  })

  test('begins only when its coordinator knows of it', async () => {
    const { log } = await open()
    const asked: unknown[] = []
    const refuse = (producer: unknown): void => {
      asked.push(producer)
      throw new Refusal('INVALID_TXN_STATE', 'no such transaction')
    }
    await expect(log.append(sent(0, 1, 0, true), { verifyTransaction: refuse })).rejects.toMatchObject({ kafkaError: 'INVALID_TXN_STATE' })
    expect(asked).toEqual([{ id: 9, epoch: 0 }])
    expect(log.lastStableOffset).toBe(0)
    await log.append(sent(0, 1, 0, true), { verifyTransaction: () => {} })
    await log.append(sent(1, 1, 0, true), { verifyTransaction: refuse })
    expect(asked).toHaveLength(1)
  })

  test('is not over before its marker is written', async () => {
    const made = await open()
    await made.log.append(sent(0, 1, 0, true))
    const seen: number[] = []
    made.disk.beforeWrite = () => seen.push(made.log.lastStableOffset)
    await made.log.appendMarker('abort', { id: 9, epoch: 0 }, 0)
    expect([...seen, made.log.lastStableOffset]).toEqual([0, 2])
  })

  test('whose marker cannot be written stays open', async () => {
    const made = await open()
    await made.log.append(sent(0, 1, 0, true))
    made.disk.beforeWrite = () => {
      throw new Error('full')
    }
    await expect(made.log.appendMarker('commit', { id: 9, epoch: 0 }, 0)).rejects.toMatchObject({ kafkaError: 'KAFKA_STORAGE_ERROR' })
    expect([made.log.lastStableOffset, made.log.openTransaction(9)]).toEqual([0, 0])
  })
})
