import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTopics } from '../../src/wire/api/create-topics.ts'
import { describeConfigs } from '../../src/wire/api/describe-configs.ts'
import { fetch } from '../../src/wire/api/fetch.ts'
import { metadata } from '../../src/wire/api/metadata.ts'
import { produce } from '../../src/wire/api/produce.ts'
import { encodeRecordBatch } from '../../src/wire/encode-record-batch.ts'
import { RecordSetReader } from '../../src/wire/record-set-reader.ts'
import { KafkaConnection } from '../support/kafka-connection.ts'
import { killLeftovers, runMillrace, startMillrace } from '../support/millrace-process.ts'
import type { MillraceProcess } from '../support/millrace-process.ts'
import { waitWhileRunning } from '../support/wait-until.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'millrace-broker-'))
})

afterEach(async () => {
  await killLeftovers()
  await rm(dir, { recursive: true, force: true })
})

/** Starts `millrace broker` on a free port and waits for the line that tells it. */
async function start(...args: readonly string[]): Promise<{ readonly process: MillraceProcess; readonly port: number }> {
  const process = startMillrace(['broker', '--port', '0', '--data-dir', dir, ...args])
  await waitWhileRunning(process, 'the broker listens', () => Promise.resolve(process.output().stdout.includes('\n')))
  return { process, port: Number(/:(\d+),/.exec(process.output().stdout)![1]) }
}

describe('millrace broker', () => {
  test('says where it listens and who can reach it, serves, and ends with 0 when asked to', async () => {
    const { process, port } = await start('--setting', 'num.partitions=3')
    expect(process.output().stdout).toBe(`Kafka broker on 127.0.0.1:${port}, data in ${dir}, reachable from this machine only\n`)
    const client = await KafkaConnection.open(port)
    expect((await client.ask(metadata, { topics: [{ name: 't' }] })).topics[0]!.partitions.length).toBe(3)
    process.kill('SIGTERM')
    expect(await process.ended).toMatchObject({ code: 0 })
    expect(await client.raw.closed()).toBe('closed')
    expect(await readdir(dir)).toContain('clean-shutdown.json')
  })

  test('warns when everybody may reach it', async () => {
    const { process } = await start('--host', '0.0.0.0')
    expect(process.output().stdout).toContain('WARNING: open to everybody')
    process.kill('SIGINT')
    expect(await process.ended).toMatchObject({ code: 0 })
  })

  test('takes its settings from a server.properties, with those of the command line before it', async () => {
    const file = join(dir, 'server.properties')
    await writeFile(file, 'process.roles=broker\nnum.partitions=2\nlisteners=PLAINTEXT://:9,CONTROLLER://:10\nnum.io.threads=8\n')
    const { process, port } = await start('--settings-file', file, '--setting', 'num.partitions=5')
    const client = await KafkaConnection.open(port)
    expect((await client.ask(metadata, { topics: [{ name: 't' }] })).topics[0]!.partitions.length).toBe(5)
    client.close()
    process.kill('SIGTERM')
    expect((await process.ended).stderr).toContain('settings without effect')
  })

  test.each<[string, readonly string[], number, RegExp]>([
    ['a setting that is none', ['--setting', 'num.partition=3'], 2, /MR_OPTIONS_INVALID.*num\.partition: no such setting; did you mean num\.partitions\?/],
    ['a setting without a value', ['--setting', 'num.partitions'], 2, /MR_OPTIONS_INVALID.*name=value/],
    ['a port that is none', ['--port', '70000'], 2, /MR_OPTIONS_INVALID.*no port/],
    ['an option that is none', ['--datadir', 'x'], 2, /MR_OPTIONS_INVALID[\s\S]*millrace broker --help/],
    ['an empty directory', ['--data-dir', ''], 2, /MR_OPTIONS_INVALID.*--data-dir <dir>' argument '' is invalid\. It is empty/],
    ['an empty address', ['--host', ' '], 2, /MR_OPTIONS_INVALID.*--host/],
    ['an empty address for clients', ['--advertised-host', ''], 2, /MR_OPTIONS_INVALID.*--advertised-host/],
    ['an empty name of a file', ['--settings-file', ''], 2, /MR_OPTIONS_INVALID.*--settings-file/],
    ['a value without effect that Kafka would refuse', ['--setting', 'num.network.threads=abc'], 2, /MR_OPTIONS_INVALID.*num\.network\.threads=abc: must be a whole number/],
    ['a file that is not there', ['--settings-file', '/nowhere/x'], 2, /MR_OPTIONS_INVALID/],
    ['a directory that cannot be made', ['--data-dir', '/dev/null/x'], 1, /MR_EMBEDDED_SERVER[\s\S]*remedy/],
  ])('refuses %s and says what to do', async (_, args, code, text) => {
    const ended = await runMillrace(['broker', '--port', '0', '--data-dir', dir, ...args])
    expect(ended).toMatchObject({ code, stdout: '' })
    expect(ended.stderr).toMatch(text)
  })

  test('needs a directory, and does not take the one it is started in for it', async () => {
    for (const args of [[], ['--setting', 'log.dirs='], ['--setting', 'log.dir= ']]) {
      expect(await runMillrace(['broker', ...args], { cwd: dir })).toMatchObject({ code: 2, stderr: expect.stringContaining('--data-dir') as string })
    }
    expect(await readdir(dir)).toEqual([])
  })

  test('tells clients that ask for its settings the directory and the addresses it has, which cannot be altered', async () => {
    const { process, port } = await start('--host', '127.0.0.1', '--advertised-host', 'localhost')
    const client = await KafkaConnection.open(port)
    const names = ['log.dirs', 'listeners', 'advertised.listeners']
    const { results } = await client.ask(describeConfigs, { resources: [{ resourceType: 4, resourceName: '1', configurationKeys: names }] })
    expect(Object.fromEntries(results[0]!.configs.map(({ name, value, readOnly }) => [name, { value, readOnly }]))).toEqual({
      'log.dirs': { value: dir, readOnly: true },
      'listeners': { value: `PLAINTEXT://127.0.0.1:${port}`, readOnly: true },
      'advertised.listeners': { value: `PLAINTEXT://localhost:${port}`, readOnly: true },
    })
    client.close()
    process.kill('SIGTERM')
    await process.ended
  })

  test('refuses a port that is taken', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const ended = await runMillrace(['broker', '--port', String(port), '--data-dir', dir])
    await new Promise((resolve) => other.close(resolve))
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/MR_PORT_TAKEN[\s\S]*another port/)
  })

  test('refuses a directory that another broker uses', async () => {
    await start()
    const ended = await runMillrace(['broker', '--port', '0', '--data-dir', dir])
    expect(ended.code).toBe(4)
    expect(ended.stderr).toContain('MR_DIRECTORY_IN_USE')
  })
})

describe('a broker killed again and again while records come in', () => {
  const partitions = [0, 1]
  const sum = (value: Buffer | string): string => createHash('sha1').update(value).digest('base64')

  /** Sends batches until the broker is gone; notes the checksum of every record that was acknowledged. */
  async function sendUntilGone(port: number, partition: number, acknowledged: Map<string, string>, enough: () => void): Promise<void> {
    const client = await KafkaConnection.open(port)
    try {
      for (let sent = 1; ; sent++) {
        const values = Array.from({ length: 1 + (sent % 20) }, (_, i) => `${acknowledged.size}-${i}-${'x'.repeat(sent % 300)}`)
        const records = encodeRecordBatch({ codec: sent % 3 === 0 ? 'gzip' : 'none', records: values.map((value, offset) => ({ offset, timestamp: Date.now(), key: null, value: Buffer.from(value) })) })
        const { responses } = await client.ask(produce, { acks: -1, timeoutMs: 1000, topicData: [{ name: 't', partitionData: [{ index: partition, records }] }] })
        const { errorCode, baseOffset } = responses[0]!.partitionResponses[0]!
        expect(errorCode).toBe(0)
        for (const [i, value] of values.entries()) acknowledged.set(`${partition}@${baseOffset + i}`, sum(value))
        if (sent === 50) enough()
      }
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('closed the connection'))) throw error
    }
  }

  async function readAll(port: number, partition: number): Promise<Map<string, string>> {
    const client = await KafkaConnection.open(port)
    const reader = new RecordSetReader({ checkCrcs: true, maxBatchBytes: 1 << 20 })
    const found = new Map<string, string>()
    for (let next = 0; ;) {
      const { responses } = await client.ask(fetch, { maxWaitMs: 0, minBytes: 1, topics: [{ topic: 't', partitions: [{ partition, fetchOffset: next, partitionMaxBytes: 1 << 20 }] }] })
      const { records, highWatermark } = responses[0]!.partitions[0]!
      reader.begin({ partition: 't', bytes: records!, at: 0, end: records!.length, wanted: next, aborted: undefined })
      while (reader.next()) {
        const { columns } = reader
        for (let i = 0; i < columns.count; i++) {
          found.set(`${partition}@${columns.baseOffset + columns.offsetDelta[i]!}`, sum(columns.bytes.subarray(columns.valueAt[i], columns.valueAt[i]! + columns.valueLength[i]!)))
        }
      }
      next = reader.nextOffset
      if (next >= highWatermark) break
    }
    client.close()
    return found
  }

  test('loses nothing that was acknowledged and serves no torn batch', async () => {
    const acknowledged = new Map<string, string>()
    for (let round = 0; round < 4; round++) {
      const { process, port } = await start('--setting', 'log.segment.bytes=20000')
      if (round === 0) {
        const client = await KafkaConnection.open(port)
        await client.ask(createTopics, { topics: [{ name: 't', numPartitions: partitions.length, replicationFactor: 1 }] })
        client.close()
      }
      const enough = Promise.withResolvers<void>()
      const sending = Promise.all(partitions.map((partition) => sendUntilGone(port, partition, acknowledged, enough.resolve)))
      await Promise.race([enough.promise, sending])
      process.kill('SIGKILL')
      await process.ended
      await sending
    }
    const { port } = await start('--setting', 'log.segment.bytes=20000')
    for (const partition of partitions) {
      const found = await readAll(port, partition)
      const mine = [...acknowledged].filter(([at]) => at.startsWith(`${partition}@`))
      expect(mine.length).toBeGreaterThan(500)
      expect(mine.filter(([at, checksum]) => found.get(at) !== checksum)).toEqual([])
    }
  }, 60_000)
})
