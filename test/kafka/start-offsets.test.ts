import { describe, expect, test } from 'vitest'
import type { KafkaSourceOptions } from '../../src/kafka/source-options.ts'
import { StartOffsets } from '../../src/kafka/start-offsets.ts'
import type { StartWish } from '../../src/topology/connector.ts'
import { LogInMemory } from './log-in-memory.ts'

const partitions = ['orders/0', 'orders/1']
const log = new LogInMemory({
  'orders/0': { earliest: 100, latest: 200, stable: 180, times: [1_000, 3_000, 2_000, 4_000] },
  'orders/1': { earliest: 0, latest: 50, times: [1_000] },
})

function starts(wish: StartWish = {}, spout: Partial<KafkaSourceOptions> = {}, committed: Record<string, number> = {}): StartOffsets {
  return new StartOffsets({
    log,
    committed: async (asked) => new Map(Object.entries(committed).filter(([partition]) => asked.includes(partition))),
    wish,
    spouts: new Map([['orders', { topics: ['orders'], start: 'earliest', seeks: {}, isolation: 'read_committed', ...spout }]]),
  })
}

async function begin(from: StartOffsets, fresh = true): Promise<Record<string, number>> {
  return Object.fromEntries(await from.start(partitions, fresh))
}

describe('where partitions begin', () => {
  test('is where their spout says', async () => {
    expect(await begin(starts({}, { start: 'earliest' }))).toEqual({ 'orders/0': 100, 'orders/1': 0 })
    expect(await begin(starts({}, { start: 'latest' }))).toEqual({ 'orders/0': 180, 'orders/1': 50 })
    expect(await begin(starts({ from: 'committed' }, { start: 'latest' }))).toEqual({ 'orders/0': 180, 'orders/1': 50 })
  })

  test('is what the consumer group committed, and the first record where it did not', async () => {
    expect(await begin(starts({}, { start: 'committed' }, { 'orders/0': 150 }))).toEqual({ 'orders/0': 150, 'orders/1': 0 })
  })

  test('is the first record as new as a time, and the end where none is that new', async () => {
    expect(await begin(starts({}, { start: { timestampMs: 2_000 } }))).toEqual({ 'orders/0': 101, 'orders/1': 50 })
    expect(await begin(starts({ from: { timestampMs: 4_000 } }))).toEqual({ 'orders/0': 103, 'orders/1': 50 })
  })

  test('is an offset given for the partition, and the first record for the others', async () => {
    expect(await begin(starts({}, { start: { offsets: { 'orders/0': 120 } } }))).toEqual({ 'orders/0': 120, 'orders/1': 0 })
  })

  test('is what this run asks for before what the spout says, and a partition by name before all', async () => {
    const spout = { start: 'latest', seeks: { 'orders/0': 110, 'orders/1': 7 } } as const
    expect(await begin(starts({ from: 'earliest' }, spout))).toEqual({ 'orders/0': 110, 'orders/1': 7 })
    expect(await begin(starts({ from: 'earliest', seek: { 'orders/0': 130 } }, spout))).toEqual({ 'orders/0': 130, 'orders/1': 7 })
  })

  test('is the first record for a partition that appeared later, whatever this run began with', async () => {
    expect(await begin(starts({ from: 'latest' }, { start: 'latest' }), false)).toEqual({ 'orders/0': 100, 'orders/1': 0 })
    expect(await begin(starts({ seek: { 'orders/1': 9 } }), false)).toEqual({ 'orders/0': 100, 'orders/1': 9 })
  })

  test('ends before open transactions unless the spout reads those too', async () => {
    expect(await begin(starts({ from: 'latest' }, { isolation: 'read_uncommitted' }))).toEqual({ 'orders/0': 200, 'orders/1': 50 })
  })

  test.for([99, 181, -1, -2, 150.5, Number.NaN])('is refused at offset %s, outside what the partition holds', async (offset) => {
    await expect(begin(starts({ seek: { 'orders/0': offset } }))).rejects.toMatchObject({
      code: 'MR_OFFSET_OUT_OF_RANGE',
      message: `orders/0 holds 100 to 180, wanted is ${offset}`,
      place: { partition: 'orders/0' },
    })
  })

  test('is refused where retention has deleted what the group had committed', async () => {
    await expect(begin(starts({}, { start: 'committed' }, { 'orders/0': 60 }))).rejects.toMatchObject({ code: 'MR_OFFSET_OUT_OF_RANGE' })
  })

  test('both ends of the range are good', async () => {
    expect(await begin(starts({ seek: { 'orders/0': 180, 'orders/1': 0 } }))).toEqual({ 'orders/0': 180, 'orders/1': 0 })
  })
})

describe('explicit wishes', () => {
  test('are those of this run and the seeks, not where a spout begins by itself', async () => {
    expect(await starts({}, { start: 'latest' }).explicit(partitions)).toEqual(new Map())
    expect(await starts({ from: 'committed' }).explicit(partitions)).toEqual(new Map())
    expect(await starts({}, { seeks: { 'orders/1': 9 } }).explicit(partitions)).toEqual(new Map([['orders/1', 9]]))
    expect(await starts({ seek: { 'orders/0': 190 } }, { isolation: 'read_uncommitted' }).explicit(['orders/0'])).toEqual(new Map([['orders/0', 190]]))
    expect(await starts({ from: { timestampMs: 2_000 } }).explicit(partitions)).toEqual(new Map([['orders/0', 101], ['orders/1', 50]]))
  })
})

test('ranges are the first offset and the one behind the last', async () => {
  expect(await starts().ranges(partitions)).toEqual(new Map([['orders/0', { earliest: 100, latest: 180 }], ['orders/1', { earliest: 0, latest: 50 }]]))
})
