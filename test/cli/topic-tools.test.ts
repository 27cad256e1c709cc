import * as fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { columns } from '../../src/cli/columns.ts'
import { membersText, offsetsText, stateText } from '../../src/cli/group-text.ts'
import { lines } from '../../src/cli/lines.ts'
import { pace } from '../../src/cli/pace.ts'
import { numberParser } from '../../src/cli/parse-number.ts'
import { pairListParser, pairsParser } from '../../src/cli/parse-pairs.ts'
import { parsePlace } from '../../src/cli/parse-place.ts'
import { parseAgo, parseShift, parseTime, parseTopicPart } from '../../src/cli/parse-reset.ts'
import { lineItems } from '../../src/cli/produce-input.ts'
import { topicText } from '../../src/cli/topic-text.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { MillraceError } from '../../src/errors.ts'
import { runTool } from '../support/run-tool.ts'

async function* chunked(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array, void, void> {
  let at = 0
  for (const size of sizes) {
    if (at >= bytes.length) return
    yield bytes.subarray(at, at += size)
  }
  if (at < bytes.length) yield bytes.subarray(at)
}

async function collect<T>(groups: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = []
  for await (const group of groups) all.push(...group)
  return all
}

describe('lines', () => {
  test('are the same however the input is cut into chunks', async () => {
    const line = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10 && byte !== 13)))
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n'))), line, fc.array(fc.nat(7)), async (ended, last, sizes) => {
      const input = Buffer.concat([...ended.flatMap(([text, end]) => [text, Buffer.from(end)]), last])
      const read = await collect(lines(chunked(input, sizes.map((size) => size + 1)), 20))
      expect(read.map((each) => Buffer.from(each).toString('hex'))).toEqual([...ended.map(([text]) => text), ...(last.length > 0 ? [last] : [])].map((each) => each.toString('hex')))
    }))
  })

  test('that are too long are refused by number, after those before them, without waiting for their end', async () => {
    const read: string[] = []
    const reading = (async () => {
      for await (const group of lines(chunked(Buffer.from(`a\nb\n${'x'.repeat(50)}`), [7]), 20)) read.push(...group.map((line) => Buffer.from(line).toString()))
    })()
    await expect(reading).rejects.toMatchObject({ code: 'MR_RECORD_TOO_LARGE', message: expect.stringContaining('line 3') as string })
    expect(read).toEqual(['a', 'b'])
  })

  test('are cut at the first separator, and know their number when they have none', async () => {
    const read = (text: string): Promise<unknown[]> => collect(lineItems(chunked(Buffer.from(text), []), { key: undefined, separator: '::', nullMarker: '-' }))
    expect((await read('a::b::c\n::x\nk::-\n')).map((item) => {
      const { key, value } = item as { key: Buffer; value: Buffer | null }
      return [String(key), value === null ? null : String(value)]
    })).toEqual([['a', 'b::c'], ['', 'x'], ['k', null]])
    await expect(read('a::b\nc:d\n')).rejects.toMatchObject({ code: 'MR_OPTIONS_INVALID', message: expect.stringContaining('line 2') as string })
  })

  test('come before the refusal of one that has no key, however they are cut into chunks', async () => {
    const input = Buffer.from('a:1\nb:2\nnone\nd:4\n')
    for (let size = 1; size <= input.length; size++) {
      const read: string[] = []
      const reading = (async () => {
        for await (const items of lineItems(chunked(input, Array.from(input, () => size)), { key: undefined, separator: ':', nullMarker: undefined })) {
          read.push(...items.map(({ key }) => String(key)))
        }
      })()
      await expect(reading).rejects.toMatchObject({ message: expect.stringContaining('line 3') as string })
      expect(read).toEqual(['a', 'b'])
    }
  })
})

describe('options', () => {
  function refusal(call: () => unknown): string {
    try {
      call()
    } catch (error) {
      if (error instanceof MillraceError && error.code === 'MR_OPTIONS_INVALID') return error.message
      throw error
    }
    throw new Error('was not refused')
  }

  test('take numbers, pairs and places in their form', () => {
    expect(numberParser('--max', 1)('17')).toBe(17)
    expect(pairsParser('--config')('a=b=c', { x: 'y' })).toEqual({ x: 'y', a: 'b=c' })
    expect(pairListParser('--header')('a=2', [['a', '1']])).toEqual([['a', '1'], ['a', '2']])
    expect([parsePlace('earliest'), parsePlace('latest'), parsePlace('9720'), parsePlace('end-100')]).toEqual(['earliest', 'latest', { offset: 9720 }, { beforeEnd: 100 }])
    expect(parseTopicPart('words:0,2', parseTopicPart('sentences'))).toEqual([{ topic: 'sentences', partitions: undefined }, { topic: 'words', partitions: [0, 2] }])
    expect([parseShift('-5'), parseShift('+5'), parseShift('5')]).toEqual([-5, 5, 5])
    expect(parseTime('2026-01-31T08:00:00.000Z')).toBe(Date.UTC(2026, 0, 31, 8))
    expect([parseAgo('P1DT2H3M4.5S'), parseAgo('PT90S'), parseAgo('P2W')]).toEqual([93_784_500, 90_000, 1_209_600_000])
  })

  test.each<[string, () => unknown]>([
    ['"0"', () => numberParser('--max', 1)('0')],
    ['"1e3"', () => numberParser('--max', 1)('1e3')],
    ['from 1 to 9', () => numberParser('--x', 1, 9)('10')],
    ['"novalue"', () => pairsParser('--config')('novalue', {})],
    ['"=x"', () => pairsParser('--config')('=x', {})],
    ['a is given twice', () => pairsParser('--config')('a=2', { a: '1' })],
    ['"soon"', () => parsePlace('soon')],
    ['"end-"', () => parsePlace('end-')],
    ['"-1"', () => parsePlace('-1')],
    ['"words:"', () => parseTopicPart('words:')],
    ['"a/b"', () => parseTopicPart('a/b')],
    ['"1.5"', () => parseShift('1.5')],
    ['"yesterday"', () => parseTime('yesterday')],
    ['"2026-01-31T08:00"', () => parseTime('2026-01-31T08:00')],
    ['"P"', () => parseAgo('P')],
    ['"1h"', () => parseAgo('1h')],
    ['"PT"', () => parseAgo('PT')],
  ])('are refused with %s named', (named, call) => {
    expect(refusal(call)).toContain(named)
  })

  test.each([
    [['produce', 'x', '--key', 'k', '--key-separator', ':'], '--key'],
    [['produce', 'x', '--acks', '2'], 'all, 1, 0'],
    [['produce', 'x', '--compression', 'rar'], 'snappy'],
    [['consume', 'x', '--group', 'g', '--partition', '0'], '--partition'],
    [['consume', 'x', '--from-beginning', '--offset', '5'], '--offset'],
    [['consume', 'x', '--print', 'colour'], 'colour'],
    [['consume', 'x', '--output', 'a', '--json'], '--json'],
    [['groups', 'reset', 'g', '--to-earliest', '--to-latest'], '--to-latest'],
    [['groups', 'reset', 'g', '--dry-run', '--execute'], '--execute'],
    [['topics', 'create'], 'topic'],
    [['topics', 'create', 'x', '--partitions', '0'], '"0"'],
    [['reassign', 'execute'], '--reassignment-json-file'],
    [['reassign', 'verify', '--reassignment-json-file', ''], '--reassignment-json-file'],
    [['topics', 'list', '--kafka-settings', ''], '--kafka-settings'],
    [['produce', 'x', '--key-separator', ''], '--key-separator'],
    [['consume', 'x', '--group', ''], '--group'],
    [['consume', 'x', '--output', ''], '--output'],
    [['consume', 'x', '--output-dir', ' '], '--output-dir'],
    [['groups', 'reset', '', '--all-topics', '--to-earliest'], 'group'],
  ])('that contradict each other, or are no such thing, are refused: %j', async (args, named) => {
    await expect(runTool(['127.0.0.1:1'], args)).rejects.toThrow(named)
  })
})

describe('brokers', () => {
  test('that are an empty word are refused by the name of the flag or the variable', async () => {
    await expect(runTool([''], ['topics', 'list'])).rejects.toThrow("'--brokers <list>' argument '' is invalid")
    vi.stubEnv('MILLRACE_BROKERS', '')
    onTestFinished(() => void vi.unstubAllEnvs())
    await expect(runTool(undefined, ['topics', 'list'])).rejects.toThrow("from env 'MILLRACE_BROKERS' is invalid. It is empty")
  })
})

describe('the layout', () => {
  const member = { memberId: 'a-1', instance: undefined, clientId: 'millrace', host: '/127.0.0.1', partitions: ['words/1', 'words/0', 'lines/0'] }
  const group = { group: 'g', state: 'Stable', strategy: 'range', coordinator: { nodeId: 1, host: 'kafka', port: 9092 }, members: [member] }

  test('of columns is as wide as their cells', () => {
    expect(columns([['A', 'LONG', 'C'], ['xyz', 1, 'end']])).toBe('A    LONG  C\nxyz  1     end\n')
  })

  test('of a topic is that of kafka-topics --describe', () => {
    const topic = { name: 'lines', internal: false, partitions: [{ partition: 0, leader: 1, replicas: [1, 2], isr: [1] }, { partition: 1, leader: -1, replicas: [2, 1], isr: [] }] }
    expect(topicText(topic, [{ name: 'retention.ms', value: '5', ofTopic: true, isDefault: false }, { name: 'segment.bytes', value: '9', ofTopic: false, isDefault: false }])).toBe(
      'Topic: lines\tPartitionCount: 2\tReplicationFactor: 2\tConfigs: retention.ms=5,segment.bytes=9\n'
      + '\tTopic: lines\tPartition: 0\tLeader: 1\tReplicas: 1,2\tIsr: 1\n'
      + '\tTopic: lines\tPartition: 1\tLeader: none\tReplicas: 2,1\tIsr: \n')
  })

  test('of a group is that of kafka-consumer-groups --describe', () => {
    expect(offsetsText('g', [{ topic: 'lines', partition: 0, committed: 5, end: 9, member }, { topic: 'gone', partition: 0, committed: 5, end: undefined, member: undefined }])).toBe(
      '\nGROUP  TOPIC  PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG  CONSUMER-ID  HOST        CLIENT-ID\n'
      + 'g      lines  0          5               9               4    a-1          /127.0.0.1  millrace\n'
      + 'g      gone   0          5               -               -    -            -           -\n')
    expect(membersText(group)).toBe(
      '\nGROUP  CONSUMER-ID  GROUP-INSTANCE-ID  HOST        CLIENT-ID  #PARTITIONS  ASSIGNMENT\n'
      + 'g      a-1          -                  /127.0.0.1  millrace   3            words(0,1), lines(0)\n')
    expect(stateText(group)).toBe('\nGROUP  COORDINATOR (ID)  ASSIGNMENT-STRATEGY  STATE   #MEMBERS\ng      kafka:9092 (1)    range                Stable  1\n')
  })
})

describe('a pace', () => {
  test('holds a flow to its rate, whatever the timers do', async () => {
    const clock = new ManualClock()
    const wait = pace(100, clock, new AbortController().signal)
    let passed = 0
    let done = false
    const flow = (async () => {
      for (; !done; passed++) {
        const pause = wait()
        if (pause !== undefined) await pause
      }
    })()
    for (let ms = 0; ms < 1_000; ms += 7) {
      clock.advance(7)
      await Promise.resolve()
      await Promise.resolve()
      await Promise.resolve()
      await Promise.resolve()
      expect(passed).toBeLessThanOrEqual(clock.monotonic() / 10 + 2)
    }
    expect(passed).toBeGreaterThan(95)
    done = true
    clock.advance(100)
    await flow
  })

  test('holds nothing back any more when it is to end', async () => {
    const clock = new ManualClock()
    const end = new AbortController()
    const wait = pace(1, clock, end.signal)
    expect(wait()).toBeUndefined()
    const pause = wait()
    expect(pause).toBeInstanceOf(Promise)
    end.abort()
    await pause
    expect(wait()).toBeUndefined()
    expect(clock.nextTimerMs()).toBeUndefined()
  })
})
