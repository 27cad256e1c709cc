import { afterEach, expect, test } from 'vitest'
import { silentLogger } from '../../../src/base/logger.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import { Settings } from '../../../src/embedded/kafka/settings/settings.ts'
import { Upkeep } from '../../../src/embedded/kafka/upkeep.ts'

const clock = new ManualClock()
let done: string[] = []
let errors = 0
let upkeep: Upkeep | undefined

afterEach(async () => {
  await upkeep?.close()
  done = []
  errors = 0
})

function begin(settings: Record<string, string>): void {
  const log = (topic: string) => ({
    topic,
    partition: 0,
    enforceRetention: async () => {
      if (topic === 'broken') throw new Error('no disk')
      done.push(`retention ${topic}`)
    },
    clean: async () => void done.push(`compaction ${topic}`),
  })
  upkeep = new Upkeep({
    clock,
    logger: { ...silentLogger, error: () => errors++ },
    settings: new Settings(settings),
    logs: () => ['a', 'broken', 'compacted'].map(log),
    isCompacted: (topic) => topic === 'compacted',
  })
}

async function pass(ms: number): Promise<void> {
  clock.advance(ms)
  await new Promise(setImmediate)
}

test('old segments are looked for and logs compacted, each on its own interval, and a fault stops nothing', async () => {
  begin({ 'log.retention.check.interval.ms': '1000', 'log.cleaner.backoff.ms': '3000' })
  await pass(999)
  expect(done).toEqual([])
  await pass(1)
  await pass(1000)
  expect(done).toEqual(['retention a', 'retention compacted', 'retention a', 'retention compacted'])
  expect(errors).toBe(2)
  done = []
  await pass(1000)
  expect(done.sort()).toEqual(['compaction compacted', 'retention a', 'retention compacted'])
})

test('nothing is compacted when the cleaner is off', async () => {
  begin({ 'log.cleaner.enable': 'false', 'log.cleaner.backoff.ms': '10' })
  await pass(10)
  await pass(10)
  expect(done).toEqual([])
})

test('nothing is done once it is closed', async () => {
  begin({ 'log.retention.check.interval.ms': '10' })
  await upkeep!.close()
  await pass(1000)
  expect(done).toEqual([])
})
