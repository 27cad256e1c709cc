import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { afterAll, afterEach, describe, expect, inject, onTestFinished, test } from 'vitest'
import { murmur2 } from '../../src/kafka/producer/partitioner.ts'
import { codecs } from '../../src/wire/codec.ts'
import { killLeftovers, startMillrace } from '../support/millrace-process.ts'
import { runTool, runToolJson, startTool } from '../support/run-tool.ts'
import type { ToolRun } from '../support/run-tool.ts'
import { waitUntil } from '../support/wait-until.ts'

const brokers = inject('kafkaBrokers')
const folder = mkdtempSync(join(tmpdir(), 'millrace-tools-'))

afterAll(() => rmSync(folder, { recursive: true }))
afterEach(killLeftovers)

let topics = 0

/** A new topic. */
async function topic(partitions = 1): Promise<string> {
  const name = `tools-${process.pid}-${++topics}`
  await runTool(brokers, ['topics', 'create', name, '--partitions', String(partitions)])
  return name
}

function tool(...args: string[]): Promise<string> {
  return runTool(brokers, args)
}

function start(args: readonly string[], input?: AsyncIterable<Uint8Array> | string): ToolRun {
  const run = startTool(brokers, args, input)
  onTestFinished(() => run.interrupt())
  return run
}

function numbers(count: number, from = 0): string {
  return Array.from({ length: count }, (_, i) => `${from + i}\n`).join('')
}

describe('topics', () => {
  test('are created, listed, described, altered and deleted', async () => {
    const name = `tools-${process.pid}-life`
    expect(await tool('topics', 'create', name, '--partitions', '3', '--replication-factor', '1', '--config', 'retention.ms=86400000', '--config', 'cleanup.policy=delete,compact')).toBe(`Created topic ${name}.\n`)
    expect((await tool('topics', 'list', '--exclude-internal')).split('\n')).toContain(name)
    const described = await tool('topics', 'describe', name)
    expect(described).toMatch(new RegExp(`^Topic: ${name}\tPartitionCount: 3\tReplicationFactor: 1\tConfigs: .*cleanup.policy=delete,compact.*retention.ms=86400000`))
    expect(described.split('\n')[2]).toMatch(new RegExp(`^\tTopic: ${name}\tPartition: 1\tLeader: \\d+\tReplicas: \\d+\tIsr: \\d+$`))

    await tool('topics', 'alter', name, '--partitions', '5', '--config', 'max.message.bytes=2000000', '--delete-config', 'retention.ms')
    const [data] = await runToolJson(brokers, ['topics', 'describe', name]) as [{ partitionCount: number; configs: Record<string, string>; partitions: unknown[] }]
    expect(data).toMatchObject({ topic: name, internal: false, partitionCount: 5, replicationFactor: 1, configs: { 'cleanup.policy': 'delete,compact', 'max.message.bytes': '2000000' } })
    expect(data.configs).not.toHaveProperty('retention.ms')
    expect(data.partitions).toHaveLength(5)
    expect(await tool('topics', 'describe', name, '--all-configs')).toContain('retention.ms=')

    expect(await tool('topics', 'delete', name)).toBe(`Deleted topic ${name}.\n`)
    expect(await tool('topics', 'delete', name, '--if-exists')).toBe(`Topic ${name} does not exist.\n`)
  })

  test('may exist already when that is said', async () => {
    const name = await topic()
    await expect(tool('topics', 'create', name)).rejects.toMatchObject({ code: 'MR_KAFKA_TOPIC_EXISTS' })
    expect(await tool('topics', 'create', name, '--if-not-exists')).toBe(`Topic ${name} exists already.\n`)
  })

  test('that do not exist are named, with the one that was probably meant', async () => {
    const name = await topic()
    for (const args of [['topics', 'describe'], ['topics', 'delete'], ['topics', 'alter', '--partitions', '9'], ['consume']]) {
      await expect(tool(...args, `${name}x`)).rejects.toMatchObject({ code: 'MR_KAFKA_TOPIC_UNKNOWN', message: expect.stringContaining(`did you mean ${name}?`) as string })
    }
  })

  test('are altered as a whole or not at all', async () => {
    const name = await topic(2)
    await expect(tool('topics', 'alter', name, '--partitions', '2', '--config', 'retention.ms=86400000')).rejects.toMatchObject({ code: 'MR_KAFKA_LAYOUT_INVALID' })
    await expect(tool('topics', 'alter', name, '--partitions', '4', '--config', 'retention.ms=soon')).rejects.toMatchObject({ code: 'MR_KAFKA_CONFIG_INVALID' })
    const [data] = await runToolJson(brokers, ['topics', 'describe', name]) as [{ partitionCount: number; configs: Record<string, string> }]
    expect(data.partitionCount).toBe(2)
    expect(data.configs).not.toHaveProperty('retention.ms')
  })

  test('are refused with the reason when they are not possible', async () => {
    const name = await topic(2)
    await expect(tool('topics', 'alter', name, '--partitions', '1')).rejects.toMatchObject({ code: 'MR_KAFKA_LAYOUT_INVALID' })
    await expect(tool('topics', 'create', `${name}-more`, '--partitions', '1', '--replication-factor', '9')).rejects.toMatchObject({ code: 'MR_KAFKA_LAYOUT_INVALID' })
    await expect(tool('topics', 'alter', name, '--config', 'retention.ms=soon')).rejects.toMatchObject({ code: 'MR_KAFKA_CONFIG_INVALID', message: expect.stringContaining('retention.ms') as string })
    await expect(tool('topics', 'create', `${name}-odd`, '--config', 'nonsense=1')).rejects.toMatchObject({ code: 'MR_KAFKA_CONFIG_INVALID' })
    for (const args of [['topics', 'create'], ['topics', 'describe'], ['consume']]) {
      await expect(tool(...args, 'not/a/topic')).rejects.toMatchObject({ code: 'MR_OPTIONS_INVALID', message: expect.stringContaining('not/a/topic') as string })
    }
    await expect(runTool(brokers, ['produce', 'not/a/topic'], 'x\n')).rejects.toMatchObject({ code: 'MR_OPTIONS_INVALID', message: expect.stringContaining('not/a/topic') as string })
    await expect(tool('topics', 'alter', name)).rejects.toMatchObject({ code: 'MR_OPTIONS_INVALID' })
  })
})

describe('produce and consume', () => {
  test('carry lines with keys, headers and tombstones', async () => {
    const name = await topic()
    await runTool(brokers, ['produce', name, '--key-separator', ':', '--header', 'a=1', '--header', 'a=2', '--null-marker', 'NULL'], 'k1:one\nk2:two:three\r\nk3:NULL\nk4:')
    expect(await tool('consume', name, '--from-beginning', '--until-caught-up')).toBe('one\ntwo:three\nnull\n\n')
    expect(await tool('consume', name, '--from-beginning', '--until-caught-up', '--print', 'key,headers,offset,partition', '--key-separator', '|'))
      .toBe('Partition:0|Offset:0|a:1,a:2|k1|one\nPartition:0|Offset:1|a:1,a:2|k2|two:three\nPartition:0|Offset:2|a:1,a:2|k3|null\nPartition:0|Offset:3|a:1,a:2|k4|\n')
    const records = await runToolJson(brokers, ['consume', name, '--from-beginning', '--max', '3'])
    expect(records).toMatchObject([
      { topic: name, partition: 0, offset: 0, timestampType: 'CreateTime', key: 'k1', value: 'one', headers: [{ name: 'a', value: '1' }, { name: 'a', value: '2' }] },
      { offset: 1, key: 'k2', value: 'two:three' },
      { offset: 2, key: 'k3', value: null },
    ])
  })

  test('say which line has no key, and keep the lines before it', async () => {
    const name = await topic()
    const sending = start(['produce', name, '--key-separator', ':'], 'a:1\nb:2\nnone\n')
    await expect(sending.ended).rejects.toMatchObject({ code: 'MR_OPTIONS_INVALID', message: expect.stringContaining('line 3') as string })
    expect(sending.notes).toEqual([expect.stringMatching(/^sent 2 records, 2 bytes/)])
    expect(await tool('consume', name, '--from-beginning', '--until-caught-up')).toBe('1\n2\n')
  })

  test.each(codecs)('keep 20,000 lines in order, compressed by %s', async (codec) => {
    const name = await topic()
    await runTool(brokers, ['produce', name, '--compression', codec, '--batch-bytes', '20000'], numbers(20_000))
    expect(await tool('consume', name, '--from-beginning', '--until-caught-up')).toBe(numbers(20_000))
  })

  test.each(['all', '1', '0'])('reach the broker with acks %s', async (acks) => {
    const name = await topic(2)
    await runTool(brokers, ['produce', name, '--acks', acks], numbers(1_000))
    const read = startTool(brokers, ['consume', name, '--from-beginning', '--max', '1000'])
    await read.ended
    expect(read.output().toString().trimEnd().split('\n').map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 1_000 }, (_, i) => i))
    expect(read.notes).toEqual(['Processed a total of 1000 messages'])
  })

  test('put a record where it is said, or where its key belongs for every client', async () => {
    const name = await topic(5)
    await runTool(brokers, ['produce', name, '--partition', '4'], 'chosen\n')
    expect(await runToolJson(brokers, ['produce', name, '--key', 'foobar', '--sync'], 'by key\n')).toMatchObject([
      { type: 'acknowledged', topic: name, partition: (murmur2(Buffer.from('foobar')) & 0x7fff_ffff) % 5, offset: 0 },
      { type: 'produced', records: 1, bytes: 6 },
    ])
    expect(await tool('consume', name, '--partition', '4', '--from-beginning', '--until-caught-up')).toBe('chosen\n')
    await expect(runTool(brokers, ['produce', name, '--partition', '5'], 'x\n')).rejects.toMatchObject({ code: 'MR_KAFKA_TOPIC_UNKNOWN', place: { partition: `${name}/5` } })
  })

  test('wait for each acknowledgement with --sync, and hold a rate', async () => {
    const name = await topic()
    const positions = await runToolJson(brokers, ['produce', name, '--sync'], numbers(20))
    expect(positions.slice(0, 20).map(({ offset }) => offset)).toEqual(Array.from({ length: 20 }, (_, i) => i))
    const [produced] = await runToolJson(brokers, ['produce', name, '--rate', '50'], numbers(16))
    expect(produced!['ms']).toBeGreaterThan(250)
  })

  test('bring an image back byte for byte', async () => {
    const name = await topic()
    const every = join(folder, 'every byte.bin')
    const large = join(folder, 'large.png')
    writeFileSync(every, Buffer.from(Array.from({ length: 256 }, (_, i) => i)))
    writeFileSync(large, Buffer.concat([Buffer.from('\u0089PNG\r\n\u001a\n\0', 'latin1'), randomBytes(700_000)]))
    expect(await tool('produce', name, '--file', every, large)).toBe(`${every} → ${name}/0@0\n${large} → ${name}/0@1\n`)

    const out = join(folder, 'out')
    expect(await tool('consume', name, '--from-beginning', '--until-caught-up', '--output-dir', out)).toContain(`${name}/0@1 → ${join(out, '0-1-large.png')}\n`)
    expect(readFileSync(join(out, '0-0-every_byte.bin'))).toEqual(readFileSync(every))
    expect(readFileSync(join(out, '0-1-large.png')).equals(readFileSync(large))).toBe(true)

    const single = join(folder, 'single')
    await tool('consume', name, '--offset', '1', '--max', '1', '--output', single)
    expect(readFileSync(single).equals(readFileSync(large))).toBe(true)

    const [json] = await runToolJson(brokers, ['consume', name, '--offset', '0', '--max', '1'])
    expect(Buffer.from(String(json!['valueBase64']), 'base64')).toEqual(readFileSync(every))
    expect(json).toMatchObject({ key: 'every byte.bin' })
  })

  test('never write outside the folder, whatever the key is', async () => {
    const name = await topic()
    await runTool(brokers, ['produce', name, '--key', '../../escaped'], 'x\n')
    const out = join(folder, 'inside')
    await tool('consume', name, '--from-beginning', '--until-caught-up', '--output-dir', out)
    expect(readFileSync(join(out, '0-0-.._.._escaped'), 'utf8')).toBe('x')
  })

  test('tell of a record that is too large for the topic', async () => {
    const name = await topic()
    await tool('topics', 'alter', name, '--config', 'max.message.bytes=1000')
    const file = join(folder, 'too-large')
    writeFileSync(file, randomBytes(5_000))
    await expect(tool('produce', name, '--file', file)).rejects.toMatchObject({ code: 'MR_RECORD_TOO_LARGE', place: { partition: `${name}/0`, at: file } })
  })

  test('tell which line is too large, what to do, and how many records were written', async () => {
    const name = await topic()
    await tool('topics', 'alter', name, '--config', 'max.message.bytes=1000')
    const large = randomBytes(5_000).toString('hex')
    const refused = { code: 'MR_RECORD_TOO_LARGE', place: { partition: `${name}/0`, at: 'line 3 of standard input' }, remedy: expect.stringContaining('max.message.bytes') as string }
    const batched = start(['produce', name], `one\ntwo\n${large}\nfour\n${large}\n`)
    await expect(batched.ended).rejects.toMatchObject(refused)
    expect(batched.notes).toEqual(['written: 3 of 5 records'])
    expect(await tool('consume', name, '--from-beginning', '--until-caught-up')).toBe('one\ntwo\nfour\n')
    const alone = start(['produce', name, '--sync', '--json'], `one\ntwo\n${large}\nfour\n`)
    await expect(alone.ended).rejects.toMatchObject(refused)
    expect(JSON.parse(alone.output().toString().trimEnd().split('\n').at(-1)!)).toMatchObject({ type: 'produced', records: 2, failed: 1 })
    const keyless = start(['produce', name, '--key-separator', ':'], `k:${large}\nk:two\nthree\n`)
    await expect(keyless.ended).rejects.toMatchObject({ code: 'MR_RECORD_TOO_LARGE', place: { at: 'line 1 of standard input' } })
    expect(keyless.notes).toEqual(['written: 1 of 2 records'])
  })

  test('send small records to a topic that takes small batches only', async () => {
    const name = await topic()
    await tool('topics', 'alter', name, '--config', 'max.message.bytes=1000')
    await runTool(brokers, ['produce', name], numbers(5_000))
    expect(await tool('consume', name, '--from-beginning', '--until-caught-up')).toBe(numbers(5_000))
  })

  test('begin where it is said', async () => {
    const name = await topic()
    await runTool(brokers, ['produce', name], numbers(100))
    expect(await tool('consume', name, '--offset', 'end-3', '--until-caught-up')).toBe('97\n98\n99\n')
    expect(await tool('consume', name, '--partition', '0', '--offset', '40', '--max', '2')).toBe('40\n41\n')
    expect(await tool('consume', name, '--offset', 'latest', '--until-caught-up')).toBe('')
    expect(await tool('consume', name, '--timeout', '300')).toBe('')
    await expect(tool('consume', name, '--offset', '101', '--max', '1')).rejects.toMatchObject({ code: 'MR_OFFSET_OUT_OF_RANGE', message: `${name}/0 holds 0 to 100, wanted is 101` })
    await expect(tool('consume', name, '--partition', '1', '--max', '1')).rejects.toMatchObject({ code: 'MR_KAFKA_TOPIC_UNKNOWN' })
  })

  test('print what comes while they run, until Ctrl-C', async () => {
    const name = await topic()
    const reading = start(['consume', name, '--from-beginning'])
    await runTool(brokers, ['produce', name], 'first\n')
    await waitUntil('the first record', () => reading.output().toString() === 'first\n')
    await runTool(brokers, ['produce', name], 'second\n')
    await waitUntil('the second record', () => reading.output().toString() === 'first\nsecond\n')
    reading.interrupt()
    await reading.ended
  })

  test('send what was read when Ctrl-C comes', async () => {
    const name = await topic()
    let askedForMore = false
    async function* typing(): AsyncGenerator<Uint8Array, void, void> {
      yield Buffer.from('typed\n')
      askedForMore = true
      await new Promise<void>(() => {})
    }
    const sending = start(['produce', name, '--linger', '60000'], typing())
    await waitUntil('the line to be taken', () => askedForMore)
    sending.interrupt()
    await sending.ended
    const reading = start(['consume', name, '--from-beginning', '--max', '1'])
    await reading.ended
    expect(reading.output().toString()).toBe('typed\n')
    expect(sending.notes[0]).toMatch(/^sent 1 record, 5 bytes/)
  })

  test.each([['--rate', '20'], ['--rate', '1']])('end at once on Ctrl-C with %s %s, and say how much is sent', async (...pace) => {
    const name = await topic()
    const sending = start(['produce', name, ...pace], numbers(5_000))
    const reading = start(['consume', name, '--from-beginning'])
    await waitUntil('the first record', () => reading.output().length > 0)
    sending.interrupt()
    await sending.ended
    const all = (await tool('consume', name, '--from-beginning', '--until-caught-up')).split('\n').length - 1
    expect(all).toBeLessThan(100)
    expect(sending.notes).toEqual([expect.stringMatching(new RegExp(`^sent ${all} records?,`))])
  }, 20_000)

  test('say that their topic was deleted meanwhile', async () => {
    const name = await topic()
    await runTool(brokers, ['produce', name], 'x\n')
    const reading = start(['consume', name, '--from-beginning'])
    await waitUntil('a record', () => reading.output().length > 0)
    await tool('topics', 'delete', name)
    await expect(reading.ended).rejects.toMatchObject({ code: 'MR_KAFKA_TOPIC_UNKNOWN', place: { partition: `${name}/0` }, remedy: expect.stringContaining('deleted meanwhile') as string })
  })

  test('end quietly with 0 when nobody reads their output any more', async () => {
    const name = await topic()
    await runTool(brokers, ['produce', name], numbers(200_000))
    const reading = start(['consume', name, '--from-beginning'])
    await waitUntil('some output', () => reading.output().length > 0)
    reading.closeOutput()
    await reading.ended
  })

  test('end with 0 on a real Ctrl-C', async () => {
    const name = await topic()
    await runTool(brokers, ['produce', name], 'x\n')
    const millrace = startMillrace(['consume', name, '--from-beginning', '--group', `${name}-group`, '--brokers', brokers.join(',')])
    await waitUntil('a record', () => millrace.output().stdout === 'x\n')
    millrace.kill('SIGINT')
    expect(await millrace.ended).toMatchObject({ code: 0, stdout: 'x\n', stderr: 'Processed a total of 1 messages\n' })
    expect(await runToolJson(brokers, ['groups', 'describe', `${name}-group`])).toMatchObject([{ offsets: [{ committed: 1, end: 1, lag: 0 }] }])
  })
})

describe('groups', () => {
  test('go on where they have committed', async () => {
    const name = await topic()
    await runTool(brokers, ['produce', name], numbers(100))
    const consume = (max: number): Promise<string> => tool('consume', name, '--group', name, '--from-beginning', '--max', String(max))
    expect(await consume(30)).toBe(numbers(30))
    expect(await consume(70)).toBe(numbers(70, 30))
    expect((await tool('groups', 'list')).split('\n')).toContain(name)
    expect(await tool('groups', 'list', '--state')).toMatch(new RegExp(`^GROUP +STATE\n(.*\n)*${name} +Empty\n`))
  })

  test('miss nothing that comes between two runs, also where nothing came in the first', async () => {
    const name = await topic(3)
    await runTool(brokers, ['produce', name, '--partition', '2'], numbers(5))
    expect(await tool('consume', name, '--group', name, '--timeout', '300')).toBe('')
    expect(await runToolJson(brokers, ['groups', 'describe', name])).toMatchObject([{ offsets: [0, 0, 5].map((committed) => ({ committed, lag: 0 })) }])
    for (let partition = 0; partition < 3; partition++) await runTool(brokers, ['produce', name, '--partition', String(partition)], `${partition}\n`)
    expect((await tool('consume', name, '--group', name, '--timeout', '1000')).split('\n').sort()).toEqual(['', '0', '1', '2'])
  })

  test.each(['read_committed', 'read_uncommitted'])('have nothing left behind the mark of a transaction that is committed or aborted, with %s', async (isolation) => {
    const name = await topic(2)
    const producer = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).producer({ transactionalId: name, idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    onTestFinished(() => producer.disconnect())
    const transact = async (partition: number, value: string, end: 'commit' | 'abort', ...more: string[]): Promise<void> => {
      const transaction = await producer.transaction()
      await transaction.send({ topic: name, messages: [value, ...more].map((each) => ({ partition, value: each })) })
      await transaction[end]()
    }
    const lags = async (): Promise<unknown> => {
      const [group] = await runToolJson(brokers, ['groups', 'describe', name]).catch(() => [])
      return (group?.['offsets'] as { lag: number | null }[] | undefined)?.map(({ lag }) => lag)
    }
    await transact(0, 'kept', 'commit')
    await transact(1, 'taken back', 'abort')
    const reading = start(['consume', name, '--group', name, '--from-beginning', '--isolation', isolation])
    await waitUntil('the places behind the marks', async () => String(await lags()) === '0,0')
    await transact(1, 'kept too', 'commit')
    await transact(0, 'taken back too', 'abort')
    await waitUntil('the records', () => reading.output().toString().includes('kept too'))
    await waitUntil('the places behind the marks', async () => String(await lags()) === '0,0')
    reading.interrupt()
    await reading.ended
    expect(reading.output().toString()).toMatch(isolation === 'read_committed' ? /^kept\nkept too\n$/ : /taken back\n[^]*taken back too\n/)
    expect(await lags()).toEqual([0, 0])

    await transact(0, 'the last but one', 'commit', 'the last')
    expect(await tool('consume', name, '--group', name, '--max', '1')).toBe('the last but one\n')
    expect(await lags()).toEqual([2, 0])
    expect(await tool('consume', name, '--group', name, '--max', '1')).toBe('the last\n')
    expect(await lags()).toEqual([0, 0])
  })

  test('show where they stand while they run, and when members come and go', async () => {
    const name = await topic(2)
    const committed = async (): Promise<unknown> => {
      const [group] = await runToolJson(brokers, ['groups', 'describe', name]).catch(() => [])
      return (group?.['offsets'] as { committed: number | null }[] | undefined)?.map((each) => each.committed)
    }
    const first = start(['consume', name, '--group', name])
    await waitUntil('its places', async () => String(await committed()) === '0,0')
    await runTool(brokers, ['produce', name, '--partition', '1'], 'x\n')
    await waitUntil('the record', () => first.output().toString() === 'x\n')
    const second = start(['consume', name, '--group', name])
    await waitUntil('two members', async () => {
      const [group] = await runToolJson(brokers, ['groups', 'describe', name])
      return group!['state'] === 'Stable' && (group!['members'] as unknown[]).length === 2
    })
    expect(await committed()).toEqual([0, 1])
    for (const member of [first, second]) {
      member.interrupt()
      await member.ended
    }
    expect(await committed()).toEqual([0, 1])
    expect(second.output().toString()).toBe('')
  })

  test('share the partitions among their members, and show who has which', async () => {
    const name = await topic(4)
    const members = [start(['consume', name, '--group', name]), start(['consume', name, '--group', name])]
    await waitUntil('two members with two partitions each', async () => {
      const [group] = await runToolJson(brokers, ['groups', 'describe', name]).catch(() => [])
      const shares = (group?.['members'] as { partitions: string[] }[] | undefined)?.map(({ partitions }) => partitions.length)
      return group?.['state'] === 'Stable' && shares?.length === 2 && shares.every((share) => share === 2)
    })
    for (let partition = 0; partition < 4; partition++) await runTool(brokers, ['produce', name, '--partition', String(partition)], `${partition}\n`)
    await waitUntil('all records', () => members.map((member) => member.output().toString()).join('').split('\n').length === 5)
    expect(members.map((member) => member.output().toString().trimEnd().split('\n').length)).toEqual([2, 2])

    const [title, ...rows] = (await tool('groups', 'describe', name)).trim().split('\n')
    expect(title).toMatch(/^GROUP +TOPIC +PARTITION +CURRENT-OFFSET +LOG-END-OFFSET +LAG +CONSUMER-ID +HOST +CLIENT-ID$/)
    expect(rows.map((row) => row.split(/ +/)[2])).toEqual(['0', '1', '2', '3'])
    expect((await tool('groups', 'describe', name, '--members')).trim().split('\n')[1]).toMatch(new RegExp(`^${name} +\\S+ +\\S+ +\\S+ +\\S+ +2 +${name}\\(`))
    expect((await tool('groups', 'describe', name, '--state')).trim().split('\n')[1]).toMatch(new RegExp(`^${name} +\\S+:\\d+ \\(\\d+\\) +\\S+ +Stable +2$`))

    await expect(tool('groups', 'reset', name, '--topic', name, '--to-earliest', '--execute')).rejects.toMatchObject({ code: 'MR_KAFKA_GROUP_ACTIVE' })
    await expect(tool('groups', 'delete', name)).rejects.toMatchObject({ code: 'MR_KAFKA_GROUP_ACTIVE' })
    for (const member of members) member.interrupt()
    await Promise.all(members.map((member) => member.ended))
    expect(await runToolJson(brokers, ['groups', 'describe', name])).toMatchObject([{ state: 'Empty', offsets: [0, 1, 2, 3].map((partition) => ({ partition, committed: 1, lag: 0 })) }])
  })

  test('are reset wherever it is said, and only when it is to be done', async () => {
    const name = await topic(2)
    await runTool(brokers, ['produce', name, '--partition', '0'], numbers(100))
    await runTool(brokers, ['produce', name, '--partition', '1'], numbers(10))
    const offsets = async (): Promise<unknown[]> => {
      const [group] = await runToolJson(brokers, ['groups', 'describe', name])
      return (group!['offsets'] as { committed: number }[]).map(({ committed }) => committed)
    }
    const reset = async (...args: string[]): Promise<unknown[]> => {
      await tool('groups', 'reset', name, ...args, '--execute')
      return offsets()
    }
    expect(await reset('--topic', name, '--to-latest')).toEqual([100, 10])
    expect(await tool('groups', 'reset', name, '--topic', name, '--to-earliest')).toBe(`\nGROUP${' '.repeat(name.length - 3)}TOPIC${' '.repeat(name.length - 3)}PARTITION  NEW-OFFSET\n${name}  ${name}  0          0\n${name}  ${name}  1          0\n`)
    expect(await offsets()).toEqual([100, 10])
    expect(await reset('--topic', `${name}:0`, '--to-offset', '50')).toEqual([50, 10])
    expect(await reset('--all-topics', '--shift-by', '-20')).toEqual([30, 0])
    expect(await reset('--all-topics', '--shift-by', '1000')).toEqual([100, 10])
    expect(await reset('--all-topics', '--by-duration', 'PT1H')).toEqual([0, 0])
    expect(await reset('--all-topics', '--to-datetime', '2100-01-01T00:00Z')).toEqual([100, 10])
    expect(await reset('--all-topics', '--to-current')).toEqual([100, 10])
    await expect(tool('groups', 'reset', name, '--topic', name)).rejects.toMatchObject({ code: 'MR_OPTIONS_INVALID' })
    await expect(tool('groups', 'reset', name, '--to-earliest')).rejects.toMatchObject({ code: 'MR_OPTIONS_INVALID' })
    await expect(tool('groups', 'reset', name, '--topic', `${name}:7`, '--to-earliest')).rejects.toMatchObject({ code: 'MR_KAFKA_TOPIC_UNKNOWN' })
    await tool('groups', 'delete', name)
    await expect(tool('groups', 'describe', name)).rejects.toMatchObject({ code: 'MR_KAFKA_GROUP_UNKNOWN' })
    await expect(tool('groups', 'delete', name)).rejects.toMatchObject({ code: 'MR_KAFKA_GROUP_UNKNOWN' })
  })
})

describe('reassign', () => {
  test('says on one node that there is nowhere to go, and that all is where it should be', async () => {
    const name = await topic(2)
    const proposing = startTool(brokers, ['reassign', 'generate', '--topic', name])
    await proposing.ended
    const [, current, , , proposed] = proposing.output().toString().split('\n')
    expect(proposed).toBe(current)
    expect(proposing.notes).toEqual([expect.stringMatching(/^The cluster has one node, \d+/)])
    const file = join(folder, 'plan.json')
    writeFileSync(file, proposed!)
    await tool('reassign', 'execute', '--reassignment-json-file', file)
    expect(await tool('reassign', 'verify', '--reassignment-json-file', file))
      .toBe(`Status of partition reassignment:\nReassignment of partition ${name}-0 is completed.\nReassignment of partition ${name}-1 is completed.\n`)
    writeFileSync(file, JSON.stringify({ version: 1, partitions: [{ topic: name, partition: 0, replicas: [99] }] }))
    await expect(tool('reassign', 'execute', '--reassignment-json-file', file)).rejects.toMatchObject({ code: 'MR_KAFKA_LAYOUT_INVALID', message: expect.stringContaining('one node') as string })
    await expect(tool('reassign', 'generate', '--topic', name, '--broker-list', '1,99')).rejects.toMatchObject({ code: 'MR_KAFKA_LAYOUT_INVALID' })
  })
})

describe('tools', () => {
  test('say that no broker answers', async () => {
    const settings = join(folder, 'impatient.json')
    writeFileSync(settings, JSON.stringify({ connectionTimeoutMs: 200 }))
    await expect(runTool(['127.0.0.1:1'], ['topics', 'list', '--kafka-settings', settings])).rejects.toMatchObject({ code: 'MR_KAFKA_UNREACHABLE' })
  })
})
