import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLogger } from '../../src/base/logger.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { LogDirectory } from '../../src/embedded/kafka/log/log-directory.ts'
import { defaultLogSettings } from '../../src/embedded/kafka/log/log-settings.ts'
import type { LogSettings } from '../../src/embedded/kafka/log/log-settings.ts'
import { codecs } from '../../src/wire/codec.ts'
import { batchOf, readAll } from '../embedded/kafka/log/batches.ts'
import type { Got } from '../embedded/kafka/log/batches.ts'
import { startMs } from '../embedded/kafka/log/log-on-disk.ts'
import { javaArgs } from '../support/kafka-java.ts'
import { output } from './clients/run-program.ts'

/** The log directory read by Apache's own tool, which checks each index against its log. */

const dir = mkdtempSync(join(tmpdir(), 'millrace-dump-'))
const clock = new ManualClock(startMs)
const settings: LogSettings = { ...defaultLogSettings, segmentBytes: 20_000, indexIntervalBytes: 500, minCleanableDirtyRatio: 0, deleteRetentionMs: 1_000 }
const expected = new Map<string, Got[]>()

beforeAll(async () => {
  const logs = await LogDirectory.open({ dir, settingsOf: (topic) => ({ ...settings, cleanupPolicy: { delete: topic === 'plain', compact: topic === 'compact' } }), clock, logger: silentLogger })
  for (const topic of ['plain', 'compact']) {
    const log = await logs.create(topic, 0)
    for (let i = 0; i < 200; i++) {
      const records = Array.from({ length: 4 }, (_, k) => ({ key: `key${(i * 3 + k) % 40}`, value: k === 3 && i % 9 === 0 ? null : `value-${i}-${k}`.padEnd(40, '.'), timestamp: startMs + 10 * i + k }))
      const by = i % 3 === 0 ? undefined : { id: i % 3, epoch: 0, sequence: 4 * Math.floor(i / 3), transactional: i % 3 === 1 }
      await log.append(batchOf(records, by, { codec: codecs[i % codecs.length]! }))
      if (i === 60 || i === 120) await log.appendMarker(i === 60 ? 'abort' : 'commit', { id: 1, epoch: 0 }, 0)
    }
    await log.appendMarker('abort', { id: 1, epoch: 0 }, 0)
    await log.clean(startMs + 5_000)
    expected.set(topic, await readAll(log, 0, 50_000))
  }
  await logs.close()
  expect(expected.get('compact')!.length).toBeLessThan(expected.get('plain')!.length / 2)
})

afterAll(() => rmSync(dir, { recursive: true }))

async function dump(topic: string, suffix: string, ...args: string[]): Promise<string> {
  const directory = join(dir, `${topic}-0`)
  const files = readdirSync(directory).filter((name) => name.endsWith(suffix)).toSorted().map((name) => join(directory, name))
  expect(files.length).toBeGreaterThan(0)
  return output('java', await javaArgs('org.apache.kafka.tools.DumpLogSegments', ['--files', files.join(','), ...args]))
}

test.each(['plain', 'compact'])("Apache's dump-log tool prints the records of a %s topic as they are served", async (topic) => {
  const text = await dump(topic, '.log', '--deep-iteration', '--print-data-log')
  const printed = Array.from(text.matchAll(/^\| offset: (\d+) .*? keySize: \d+ valueSize: -?\d+ .*?headerKeys: \[\] key: (\S+)(?: payload: (\S*))?$/gm), ([, offset, key, value]) => ({ offset: Number(offset), key: key!, value: value ?? null }))
  expect(printed).toEqual(expected.get(topic))
  expect(text).toContain('endTxnMarker: ABORT')
})

test.each(['plain', 'compact'])('it finds no fault with the indexes of a %s topic', async (topic) => {
  for (const suffix of ['.index', '.timeindex', '.txnindex', '.snapshot']) {
    const text = await dump(topic, suffix)
    expect(text).not.toMatch(/mismatch|out of order|not found|error|exception/i)
    expect(text.split('\n').length).toBeGreaterThan(2)
  }
})
