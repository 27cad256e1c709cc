import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createPartitions } from '../../../src/wire/api/create-partitions.ts'
import { createTopics } from '../../../src/wire/api/create-topics.ts'
import { deleteTopics } from '../../../src/wire/api/delete-topics.ts'
import { errorCode } from '../../../src/wire/api/error-code.ts'
import { metadata } from '../../../src/wire/api/metadata.ts'
import { KafkaConnection } from '../../support/kafka-connection.ts'

const main = fileURLToPath(new URL('broker-main.ts', import.meta.url))
/** What the process may have open, some 25 of which it needs for itself. */
const handles = 100

let dir: string
let broker: ChildProcess
let client: KafkaConnection

async function start(): Promise<void> {
  broker = spawn('sh', ['-c', `ulimit -n ${handles}; exec "$@"`, 'sh', process.execPath, '--conditions=source', main, dir], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } })
  const [port] = await once(createInterface({ input: broker.stdout! }), 'line') as [string]
  client = await KafkaConnection.open(Number(port))
}

async function end(signal: NodeJS.Signals): Promise<void> {
  const exited = once(broker, 'exit')
  broker.kill(signal)
  await exited
  client.close()
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'millrace-handles-'))
  await start()
})

afterEach(async () => {
  if (broker.exitCode === null && broker.signalCode === null) await end('SIGKILL')
  await rm(dir, { recursive: true, force: true })
})

async function create(name: string, numPartitions: number): Promise<number> {
  return (await client.ask(createTopics, { topics: [{ name, numPartitions, replicationFactor: 1 }] })).topics[0]!.errorCode
}

async function grow(name: string, count: number): Promise<number> {
  return (await client.ask(createPartitions, { topics: [{ name, count, assignments: null }] })).results[0]!.errorCode
}

async function topics(): Promise<string[]> {
  return (await client.ask(metadata, { topics: null })).topics.map(({ name, partitions }) => `${name} ${partitions.length}`)
}

const directories = async (): Promise<number> => (await readdir(dir)).filter((name) => /-\d+$/.test(name)).length

test.each(['SIGTERM', 'SIGKILL'] as const)('a topic that could not be created for lack of file handles is not there, nor after %s, and keeps no handle', async (signal) => {
  for (let i = 0; i < 3; i++) {
    expect(await create('large', 300)).toBe(errorCode.KAFKA_STORAGE_ERROR)
    expect(await topics()).toEqual([])
    expect(await directories()).toBe(0)
  }
  expect(await create('small', 40)).toBe(errorCode.NONE)
  for (let i = 0; i < 3; i++) expect(await grow('small', 300)).toBe(errorCode.KAFKA_STORAGE_ERROR)
  expect(await create('other', 20)).toBe(errorCode.NONE)
  await end(signal)
  await start()
  expect((await topics()).sort()).toEqual(['other 20', 'small 40'])
  expect(await directories()).toBe(60)
  expect((await client.ask(deleteTopics, { topics: [{ name: 'small', topicId: Buffer.alloc(16) }] })).responses[0]!.errorCode).toBe(errorCode.NONE)
  expect(await create('large', 40)).toBe(errorCode.NONE)
}, 30_000)
