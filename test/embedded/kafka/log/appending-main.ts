import { createHash } from 'node:crypto'
import { systemClock } from '../../../../src/base/clock.ts'
import { silentLogger } from '../../../../src/base/logger.ts'
import { LogDirectory } from '../../../../src/embedded/kafka/log/log-directory.ts'
import { defaultLogSettings } from '../../../../src/embedded/kafka/log/log-settings.ts'
import type { LogSettings } from '../../../../src/embedded/kafka/log/log-settings.ts'
import { batchOf } from './batches.ts'

/** Appends until it is killed, and tells of every batch that was acknowledged: offset, records, checksum of the values. */

const [dir, text] = process.argv.slice(2)
const settings: LogSettings = { ...defaultLogSettings, ...JSON.parse(text!) as Partial<LogSettings> }
const logs = await LogDirectory.open({ dir: dir!, settingsOf: () => settings, clock: systemClock, logger: silentLogger })
const log = await logs.create('lines', 0)
let sequence = 0

async function appendForEver(lane: number): Promise<void> {
  for (let round = 0; ; round++) {
    const values = Array.from({ length: 1 + (round % 7) }, (_, i) => `${process.pid} ${lane} ${round} ${i} ${'x'.repeat((round * 37) % 400)}`)
    const by = lane === 0 ? { id: process.pid, epoch: 0, sequence } : undefined
    if (lane === 0) sequence += values.length
    const { baseOffset } = await log.append(batchOf(values.map((value) => ({ key: `k${round % 50}`, value, timestamp: systemClock.now() })), by))
    process.stdout.write(`${JSON.stringify({ baseOffset, count: values.length, checksum: createHash('sha256').update(values.join('\n')).digest('hex') })}\n`)
  }
}

process.stdout.write('ready\n')
await Promise.all([0, 1, 2].map(appendForEver))
