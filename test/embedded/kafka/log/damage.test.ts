import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLogger } from '../../../../src/base/logger.ts'
import { ManualClock } from '../../../../src/base/manual-clock.ts'
import { defaultLogSettings } from '../../../../src/embedded/kafka/log/log-settings.ts'
import { PartitionLog } from '../../../../src/embedded/kafka/log/partition-log.ts'
import { TailMemory } from '../../../../src/embedded/kafka/log/tail-memory.ts'
import { batchOf, batchOfValues, readAll } from './batches.ts'
import { LogOnDisk, startMs } from './log-on-disk.ts'
import { MortalDisk } from './mortal-disk.ts'

/** A log as a crash has left it: two segments, the last with six batches of two records. */
let intact: LogOnDisk
/** Where each batch of the last segment ends. */
const ends: number[] = [0]
let lastSegment: string
let firstOffset: number
let values: string[]
const made: string[] = []

const settings = { ...defaultLogSettings, segmentBytes: 700 }

beforeAll(async () => {
  intact = await LogOnDisk.open({ settings })
  const { log } = intact
  values = []
  for (let i = 0; i < 2; i++) {
    await log.append(batchOfValues(`early ${i}`, 'x'.repeat(100)))
    values.push(`early ${i}`, 'x'.repeat(100))
  }
  intact.settings = { ...settings, segmentBytes: 10_000, segmentMs: 1 }
  firstOffset = log.logEndOffset
  for (let i = 0; i < 6; i++) {
    const pair = [`late ${i}`, 'y'.repeat(10 * i)]
    // The first of them is so much later that it begins a segment, which then takes the others.
    await log.append(batchOf(pair.map((value) => ({ value, timestamp: startMs + 1_000 }))))
    intact.settings = { ...settings, segmentBytes: 10_000 }
    values.push(...pair)
  }
  await log.flush()
  lastSegment = readdirSync(intact.directory).filter((name) => name.endsWith('.log')).toSorted().at(-1)!
  const bytes = readFileSync(join(intact.directory, lastSegment))
  for (let at = 0; at < bytes.length; at = ends.at(-1)!) ends.push(at + 12 + bytes.readInt32BE(at + 8))
})

afterAll(async () => {
  await intact.remove()
  for (const directory of made) rmSync(directory, { recursive: true })
})

async function recovered(damage: (file: string) => void, goOn = true): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-damaged-'))
  made.push(directory)
  for (const name of readdirSync(intact.directory)) copyFileSync(join(intact.directory, name), join(directory, name))
  damage(join(directory, lastSegment))
  const options = { topic: 'lines', partition: 0, place: { directory, disk: new MortalDisk(), memory: new TailMemory(1 << 16) }, settings: () => settings, clock: new ManualClock(startMs), logger: silentLogger }
  const log = await PartitionLog.open(options)
  const found = await readAll(log)
  expect(found.map(({ offset }) => offset)).toEqual(found.map((_, i) => i))
  expect(log.logEndOffset).toBe(found.length)
  if (!goOn) {
    await log.abandon()
    return found.map(({ value }) => value!)
  }
  // What is appended from now on goes behind, and comes back.
  const { baseOffset } = await log.append(batchOfValues('after'))
  expect(baseOffset).toBe(found.length)
  await log.close()
  const again = await PartitionLog.open(options)
  expect((await readAll(again)).map(({ value }) => value)).toEqual([...found.map(({ value }) => value), 'after'])
  await again.close()
  return found.map(({ value }) => value!)
}

/** What must be there when the last segment is damaged at this byte. */
function before(at: number): string[] {
  const batches = ends.filter((end) => end <= at).length - 1
  return values.slice(0, firstOffset + 2 * batches)
}

describe('after a crash', () => {
  test('all that was written is there', async () => {
    expect(await recovered(() => {})).toEqual(values)
  })

  test('a log cut off at any byte has every batch before the cut and nothing torn', async () => {
    const size = ends.at(-1)!
    for (let length = ends[4]!; length < size; length++) expect(await recovered((file) => truncateSync(file, length), length % 16 === 0)).toEqual(before(length))
  })

  test('a log with any byte changed has every batch before it and none that is wrong', async () => {
    const size = ends.at(-1)!
    for (let at = 0; at < size; at += 11) {
      const found = await recovered((file) => {
        const bytes = readFileSync(file)
        bytes[at]! ^= 1 << (at % 8)
        writeFileSync(file, bytes)
      }, at % 16 === 0)
      const expected = before(at)
      // The leader epoch is outside of the checksum, and means nothing here.
      const inBatch = at - ends.findLast((end) => end <= at)!
      if (inBatch < 12 || inBatch >= 16) expect(found).toEqual(expected)
      else expect(found).toEqual(values)
    }
  })

  test('zeros and rubbish behind the last batch are cut off', async () => {
    const rubbish = [Buffer.alloc(500), Buffer.alloc(500, 0xff), Buffer.from('not a batch at all, but long enough to look like one '.repeat(3))]
    for (const bytes of rubbish) expect(await recovered((file) => writeFileSync(file, bytes, { flag: 'a' }))).toEqual(values)
  })

  test('the first batches again behind the last are cut off: offsets never go back', async () => {
    expect(await recovered((file) => writeFileSync(file, readFileSync(file).subarray(0, ends[2]), { flag: 'a' }))).toEqual(values)
  })

  test('indexes and snapshots of rubbish are made anew', async () => {
    for (const suffix of ['.index', '.timeindex', '.snapshot']) {
      const found = await recovered((file) => {
        const directory = join(file, '..')
        for (const name of readdirSync(directory)) if (name.endsWith(suffix)) writeFileSync(join(directory, name), 'rubbish')
      })
      expect(found).toEqual(values)
    }
  })

  test('a state file of rubbish costs nothing but time', async () => {
    expect(await recovered((file) => writeFileSync(join(file, '..', 'partition-state.json'), '{'))).toEqual(values)
  })

  test('a directory that is empty becomes an empty log', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-empty-'))
    made.push(directory)
    mkdirSync(directory, { recursive: true })
    const log = await PartitionLog.open({ topic: 'lines', partition: 0, place: { directory, disk: new MortalDisk(), memory: new TailMemory(1) }, settings: () => settings, clock: new ManualClock(), logger: silentLogger })
    expect([log.logStartOffset, log.logEndOffset, log.sizeBytes]).toEqual([0, 0, 0])
    await log.close()
  })
})
