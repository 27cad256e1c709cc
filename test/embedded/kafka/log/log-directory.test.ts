import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { silentLogger } from '../../../../src/base/logger.ts'
import { ManualClock } from '../../../../src/base/manual-clock.ts'
import { LogDirectory } from '../../../../src/embedded/kafka/log/log-directory.ts'
import { defaultLogSettings } from '../../../../src/embedded/kafka/log/log-settings.ts'
import type { LogSettings } from '../../../../src/embedded/kafka/log/log-settings.ts'
import { batchOfValues, readAll } from './batches.ts'

const directories: string[] = []

function newDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-logs-'))
  directories.push(dir)
  return dir
}

afterEach(() => {
  for (const dir of directories.splice(0)) rmSync(dir, { recursive: true, force: true })
})

function open(dir: string, settings: Partial<LogSettings> = {}): Promise<LogDirectory> {
  return LogDirectory.open({ dir, settingsOf: () => ({ ...defaultLogSettings, ...settings }), clock: new ManualClock(), logger: silentLogger })
}

describe('a directory of logs', () => {
  test('keeps each partition in a directory of its own, and finds them again', async () => {
    const dir = newDirectory()
    const logs = await open(dir)
    const [a0, , b] = await Promise.all([logs.create('a', 0), logs.create('a', 1), logs.create('b-1', 0)])
    await a0.append(batchOfValues('in a'))
    await b.append(batchOfValues('in b', 'too'))
    expect(await logs.create('a', 0)).toBe(a0)
    await logs.close()
    expect(readdirSync(dir).toSorted()).toEqual(['a-0', 'a-1', 'b-1-0', 'clean-shutdown.json'])

    const again = await open(dir)
    expect(Array.from(again.partitions(), ({ topic, partition, logEndOffset }) => `${topic}/${partition} ${logEndOffset}`).toSorted()).toEqual(['a/0 1', 'a/1 0', 'b-1/0 2'])
    expect(existsSync(join(dir, 'clean-shutdown.json'))).toBe(false)
    await again.close()
  })

  test('belongs to one at a time, whatever path leads to it', async () => {
    const dir = newDirectory()
    const other = join(newDirectory(), 'other')
    symlinkSync(dir, other)
    const logs = await open(dir)
    await expect(open(other)).rejects.toMatchObject({ code: 'MR_DIRECTORY_IN_USE', place: { at: other } })
    await logs.close()
    await (await open(other)).close()
  })

  test('forgets a topic with its files, and one of the same name begins anew', async () => {
    const dir = newDirectory()
    const logs = await open(dir)
    const log = await logs.create('a', 0)
    await logs.create('ab', 0)
    await log.append(batchOfValues('gone'))
    let told = 0
    log.onAdvance(() => told++)
    await logs.remove('a')
    expect(told).toBe(1)
    expect(logs.get('a', 0)).toBeUndefined()
    expect(readdirSync(dir)).toEqual(['ab-0'])
    await expect(log.append(batchOfValues('late'))).rejects.toMatchObject({ kafkaError: 'UNKNOWN_TOPIC_OR_PARTITION' })
    await expect(log.read({ offset: 0, maxBytes: 1, minOneBatch: true, isolation: 'read_committed' })).rejects.toMatchObject({ kafkaError: 'UNKNOWN_TOPIC_OR_PARTITION' })
    expect((await logs.create('a', 0)).logEndOffset).toBe(0)
    await logs.close()
  })

  test('removes at the start what was left of a deleted topic', async () => {
    const dir = newDirectory()
    mkdirSync(join(dir, `a-0.${'0'.repeat(32)}-delete`))
    mkdirSync(join(dir, 'something else'))
    const logs = await open(dir)
    expect([...logs.partitions()]).toEqual([])
    expect(readdirSync(dir)).toEqual(['something else'])
    await logs.close()
  })

  test('can be given up while it is opened, and is then as it was', async () => {
    const dir = newDirectory()
    const logs = await open(dir)
    for (let i = 0; i < 20; i++) await (await logs.create('a', i)).append(batchOfValues(`${i}`))
    await logs.close()
    const marker = readFileSync(join(dir, 'clean-shutdown.json'), 'utf8')
    const giveUp = new AbortController()
    const reason = new Error('given up')
    let opened = 0
    const settingsOf = (): LogSettings => {
      if (++opened === 3) giveUp.abort(reason)
      return defaultLogSettings
    }
    await expect(LogDirectory.open({ dir, settingsOf, clock: new ManualClock(), logger: silentLogger, signal: giveUp.signal })).rejects.toBe(reason)
    expect(opened).toBeLessThan(20)
    expect(readFileSync(join(dir, 'clean-shutdown.json'), 'utf8')).toBe(marker)
    const again = await open(dir)
    expect(Array.from(again.partitions(), ({ logEndOffset }) => logEndOffset)).toEqual(Array.from({ length: 20 }, () => 1))
    await again.close()
  })

  test('refuses names that are no partition', async () => {
    const logs = await open(newDirectory())
    await expect(logs.create('../a', 0)).rejects.toThrow(RangeError)
    await logs.close()
  })
})

const main = fileURLToPath(new URL('appending-main.ts', import.meta.url))

interface Acknowledged {
  readonly baseOffset: number
  readonly count: number
  readonly checksum: string
}

/** Lets a process append until it has been told of some batches, and kills it. */
async function appendAndKill(dir: string, settings: Partial<LogSettings>, batches: number): Promise<Acknowledged[]> {
  const child = spawn(process.execPath, ['--conditions=source', main, dir, JSON.stringify(settings)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const acknowledged: Acknowledged[] = []
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    if (line === 'ready') return
    acknowledged.push(JSON.parse(line) as Acknowledged)
    if (acknowledged.length === batches) child.kill('SIGKILL')
  })
  await Promise.all([exited, once(lines, 'close')])
  return acknowledged
}

const rounds = Number(process.env['MILLRACE_KILL_ROUNDS'] ?? 3)

describe('a process that is killed while it appends', () => {
  test.each([
    ['without syncs', {}],
    ['with a sync before each answer', { flushMessages: 1 }],
  ] as const)('loses nothing it has acknowledged, %s', async (_, flush) => {
    const dir = newDirectory()
    const settings = { ...flush, segmentBytes: 50_000, indexIntervalBytes: 500 }
    const acknowledged: Acknowledged[] = []
    for (let round = 0; round < rounds; round++) {
      acknowledged.push(...await appendAndKill(dir, settings, 20 + ((round * 97) % 300)))
      const logs = await open(dir, settings)
      const records = await readAll(logs.get('lines', 0)!, 0, 30_000)
      expect(records.map(({ offset }) => offset)).toEqual(records.map((_, i) => i))
      for (const { baseOffset, count, checksum } of acknowledged) {
        const values = records.slice(baseOffset, baseOffset + count).map(({ value }) => value)
        expect(createHash('sha256').update(values.join('\n')).digest('hex')).toBe(checksum)
      }
      // A shutdown between two kills must not make the next start trust too much.
      if (round % 2 === 0) await logs.close()
      else await abandon(logs)
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(20 * rounds)
  }, 20_000 + 10_000 * rounds)
})

async function abandon(logs: LogDirectory): Promise<void> {
  await logs.close()
  rmSync(join(directories.at(-1)!, 'clean-shutdown.json'))
}
