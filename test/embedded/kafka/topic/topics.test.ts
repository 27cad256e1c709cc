import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { silentLogger } from '../../../../src/base/logger.ts'
import { ManualClock } from '../../../../src/base/manual-clock.ts'
import { LogDirectory } from '../../../../src/embedded/kafka/log/log-directory.ts'
import { Settings } from '../../../../src/embedded/kafka/settings/settings.ts'
import type { ClusterState } from '../../../../src/embedded/kafka/topic/cluster-file.ts'
import { Topics } from '../../../../src/embedded/kafka/topic/topics.ts'
import { batchOfValues } from '../log/batches.ts'

let dir: string
let logs: LogDirectory
let written: ClusterState | undefined
let topics: Topics
/** Called after each write of the state; may throw. */
let afterSave: () => void

async function start(): Promise<void> {
  const settings = new Settings({})
  afterSave = () => {}
  topics = new Topics(written, {
    settings,
    save: async (state) => {
      written = state
      afterSave()
    },
    topicDeleted: () => {},
  })
  logs = await LogDirectory.open({ dir, settingsOf: () => settings.logSettings({}), clock: new ManualClock(), logger: silentLogger })
  await topics.attach(logs)
}

async function restart(): Promise<void> {
  await logs.close()
  await start()
}

const names = (): string[] => topics.all().map(({ name, partitions }) => `${name} ${partitions}`)

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-topics-'))
  written = undefined
  await start()
})

afterEach(async () => {
  await logs.close()
  rmSync(dir, { recursive: true })
})

describe('a change whose write fails only after it has reached the disk', () => {
  function failOnce(): void {
    afterSave = () => {
      afterSave = () => {}
      throw new Error('the directory cannot be synced')
    }
  }

  test('creates no topic, now or after a restart', async () => {
    failOnce()
    await expect(topics.create('t', 2, {})).rejects.toMatchObject({ kafkaError: 'KAFKA_STORAGE_ERROR' })
    expect(readdirSync(dir)).toEqual([])
    await restart()
    expect(names()).toEqual([])
  })

  test('adds no partitions', async () => {
    await topics.create('t', 2, {})
    failOnce()
    await expect(topics.grow('t', 5)).rejects.toMatchObject({ kafkaError: 'KAFKA_STORAGE_ERROR' })
    expect(topics.log('t', 2)).toBeUndefined()
    await restart()
    expect(names()).toEqual(['t 2'])
    expect(readdirSync(dir)).toEqual(['t-0', 't-1'])
  })

  test('deletes no topic', async () => {
    await topics.create('t', 2, {})
    failOnce()
    await expect(topics.delete('t')).rejects.toMatchObject({ kafkaError: 'KAFKA_STORAGE_ERROR' })
    await restart()
    expect(names()).toEqual(['t 2'])
  })
})

describe('a directory no topic is known for', () => {
  test('is removed when it is empty, as a creation leaves it that did not come to its end', async () => {
    await topics.create('t', 1, {})
    await logs.create('t', 1)
    await logs.create('unknown', 0)
    await restart()
    expect(names()).toEqual(['t 1'])
    expect(readdirSync(dir)).toEqual(['t-0'])
  })

  test('becomes a topic when it has records', async () => {
    await (await logs.create('unknown', 1)).append(batchOfValues('kept'))
    await logs.create('unknown', 2)
    await restart()
    expect(names()).toEqual(['unknown 2'])
    expect(topics.log('unknown', 1)!.logEndOffset).toBe(1)
  })

  test('becomes a topic, empty or not, when nothing is known at all', async () => {
    await topics.create('t', 2, {})
    written = undefined
    await restart()
    expect(names()).toEqual(['t 2'])
  })
})

test('a topic with the longest name can be deleted', async () => {
  const name = 'x'.repeat(249)
  await topics.create(name, 11, {})
  await topics.delete(name)
  expect(readdirSync(dir)).toEqual([])
})
