import * as v from 'valibot'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { kafkaSettings } from '../../src/kafka/connection.ts'
import { kafkaSpout } from '../../src/kafka/index.ts'
import type { KafkaSpoutOptions } from '../../src/kafka/index.ts'
import { json } from '../../src/tuple/fields.ts'
import type { TupleOf } from '../../src/tuple/fields.ts'


describe('the types of the fields', () => {
  test('follow the value', () => {
    const text = kafkaSpout({ topic: 'lines', value: 'utf8' })
    expectTypeOf<TupleOf<typeof text.streams.default>['value']>().toEqualTypeOf<string>()
    expectTypeOf<TupleOf<typeof text.streams.default>['key']>().toEqualTypeOf<Uint8Array | null>()
    expectTypeOf<keyof typeof text.streams.default>().toEqualTypeOf<'value' | 'key' | 'topic' | 'partition' | 'offset' | 'timestamp' | 'headers'>()
    const nullable = kafkaSpout({ topic: 'lines', value: 'utf8', nullable: true, key: 'utf8' })
    expectTypeOf<TupleOf<typeof nullable.streams.default>['value']>().toEqualTypeOf<string | null>()
    expectTypeOf<TupleOf<typeof nullable.streams.default>['key']>().toEqualTypeOf<string | null>()
    const view = kafkaSpout({ topic: 'views', value: json<{ page: string }>() })
    expectTypeOf<TupleOf<typeof view.streams.default>['value']>().toEqualTypeOf<{ page: string }>()
    const checked = kafkaSpout({ topic: 'views', value: 'json', schema: v.object({ page: v.pipe(v.string(), v.transform(Number)) }) })
    expectTypeOf<TupleOf<typeof checked.streams.default>['value']>().toEqualTypeOf<{ page: number }>()
    const own = kafkaSpout({ topic: 'views', value: (bytes) => bytes.length })
    expectTypeOf<TupleOf<typeof own.streams.default>['value']>().toEqualTypeOf<number>()
  })

  test('are columns at run time', () => {
    expect(kafkaSpout({ topic: 'lines', value: 'utf8', key: 'utf8', nullable: true }).streams.default).toEqual({
      value: 'string', key: 'string', topic: 'string', partition: 'number', offset: 'number', timestamp: 'number', headers: 'json',
    })
    expect(kafkaSpout({ topic: 'lines', value: 'bytes' }).streams.default).toMatchObject({ value: 'bytes', key: 'bytes' })
  })
})

describe('the main-thread half', () => {
  test('is named as data beside this module', () => {
    const { source } = kafkaSpout({ topic: ['a', 'b'], value: 'utf8', start: { timestampMs: 5 } })
    expect(source?.module).toMatch(/^file:.*\/src\/kafka\/kafka-source\.ts$/u)
    expect(source?.options).toEqual({ topics: ['a', 'b'], start: { timestampMs: 5 }, seeks: {}, isolation: 'read_committed' })
    expect(structuredClone(source)).toEqual(source)
  })

  test('is told every seek, and the spout without it stays as it was', () => {
    const plain = kafkaSpout({ topic: 'a', value: 'utf8' })
    const placed = plain.seek('a', 0, 10).seek('a', 3, 7).seek('a', 0, 11)
    expect(placed.source?.options).toMatchObject({ seeks: { 'a/0': 11, 'a/3': 7 } })
    expect(plain.source?.options).toMatchObject({ seeks: {}, start: 'earliest' })
    expect(() => plain.seek('b', 0, 0)).toThrow(expect.objectContaining({ code: 'MR_OPTIONS_INVALID' }))
    expect(() => plain.seek('a', 0, -1)).toThrow(expect.objectContaining({ code: 'MR_OPTIONS_INVALID' }))
  })
})

test.each([
  { topic: [], value: 'utf8' },
  { topic: 'a b', value: 'utf8' },
  { topic: ['a', 'a'], value: 'utf8' },
  { topic: 'a', value: 'utf16' },
  { topic: 'a' },
  { topic: 'a', value: 'utf8', satrt: 'latest' },
  { topic: 'a', value: 'utf8', start: 'now' },
  { topic: 'a', value: 'utf8', fetch: { maxBytes: 0 } },
  { topic: 'a', value: 'utf8', schema: v.string() },
  { topic: 'a', value: 'json', schema: {} },
])('refuses %j', (options) => {
  expect(() => kafkaSpout(options as unknown as KafkaSpoutOptions)).toThrow(expect.objectContaining({ code: 'MR_OPTIONS_INVALID' }))
})

describe('the settings', () => {
  test('without brokers say how to name them', () => {
    expect(() => kafkaSettings({})).toThrow(expect.objectContaining({ code: 'MR_OPTIONS_INVALID', remedy: expect.stringMatching(/--brokers.*MILLRACE_BROKERS/u) as unknown }))
  })

  test.each(['localhost', 'localhost:0', 'a:b:1', '[::1]', ''])('refuse %j as an address', (broker) => {
    expect(() => kafkaSettings({ kafka: { brokers: [broker] } })).toThrow(/host:port/u)
  })

  test('take names, IPv4 and IPv6 addresses, and fill in the defaults', () => {
    expect(kafkaSettings({ kafka: { brokers: ['kafka-1.internal:9092', '10.0.0.1:1', '[::1]:9093'] } })).toMatchObject({ clientId: 'millrace', connectionTimeoutMs: 5_000, requestTimeoutMs: 30_000, ssl: false })
  })
})
