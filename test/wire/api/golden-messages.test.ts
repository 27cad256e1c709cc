import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readConsumerMessage, writeConsumerMessage } from '../../../src/wire/api/consumer-protocol.ts'
import { readRequest, readRequestHeader, readResponse, writeRequest, writeResponse } from '../../../src/wire/message/api.ts'
import { WireReader } from '../../../src/wire/message/wire-reader.ts'
import { apis, embeddedMessages } from '../../support/wire-tables.ts'

/**
 * A message as Apache Kafka's classes write it. `fill` says what its fields hold: `full` no
 * default, `sparse` null, empty and zero, `blank` (one element in each array) and `foreign` (with
 * tagged fields that nobody knows) all defaults, which `value` leaves out.
 */
interface Golden {
  readonly api: string
  readonly version: number
  /** Empty for a message embedded in others. */
  readonly direction: 'request' | 'response' | ''
  readonly fill: 'full' | 'sparse' | 'blank' | 'foreign'
  /** Bytes as `hex:…`. */
  readonly value: object
  readonly hex: string
}

const goldens = readFileSync(new URL('golden-messages.jsonl', import.meta.url), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Golden)
const correlationId = 0x01020304

function read({ api: name, version, direction, hex }: Golden): unknown {
  const bytes = Buffer.from(hex, 'hex')
  if (direction === '') return readConsumerMessage(embeddedMessages[name]!, bytes)
  const api = apiOf(name)
  if (direction === 'response') {
    const read = readResponse(api, version, bytes)
    expect(read.correlationId).toBe(correlationId)
    return read.response
  }
  const reader = new WireReader(bytes)
  expect(readRequestHeader(reader)).toEqual({ key: api.key, version, correlationId, clientId: 'golden' })
  return readRequest(api, version, reader)
}

function written({ api: name, version, direction }: Golden, value: object): string {
  if (direction === '') return writeConsumerMessage(embeddedMessages[name]!, version as 0 | 1 | 2 | 3, value).toString('hex')
  const api = apiOf(name)
  const frame = Buffer.concat(direction === 'request' ? writeRequest(api, version, correlationId, 'golden', value) : writeResponse(api, version, correlationId, value))
  expect(frame.readInt32BE()).toBe(frame.length - 4)
  return frame.subarray(4).toString('hex')
}

function apiOf(name: string): (typeof apis)[number] {
  return apis.find((api) => api.name === name)!
}

/** Bytes instead of their hex. */
function fromJson(value: object): object {
  return JSON.parse(JSON.stringify(value), (_, each: unknown) => (typeof each === 'string' && each.startsWith('hex:') ? Buffer.from(each.slice(4), 'hex') : each)) as object
}

const byMessage = Map.groupBy(goldens, ({ api, version, direction }) => `${api} v${version} ${direction}`.trimEnd())

describe('as Apache Kafka writes it, byte for byte, is read and written', () => {
  test.each([...byMessage])('%s', (_, fills) => {
    for (const golden of fills) {
      const { fill, hex } = golden
      const value = fromJson(golden.value)
      if (fill === 'foreign') {
        expect(read(golden), fill).toEqual(read(fills.find((other) => other.fill === 'blank')!))
        continue
      }
      if (fill !== 'blank') expect(read(golden), fill).toMatchObject(value)
      expect(written(golden, value), fill).toBe(hex)
      expect(written(golden, read(golden) as object), fill).toBe(hex)
    }
  })
})

test('there are such messages for every version of every API', () => {
  const wanted = apis.flatMap(({ name, versions: [first, last], flexibleSince }) => Array.from({ length: last - first + 1 }, (_, i) => first + i).flatMap((version) =>
    ['request', 'response'].map((direction) => [`${name} v${version} ${direction}`, ['full', 'sparse', 'blank', ...(version >= flexibleSince ? ['foreign'] : [])]] as const)))
  const present = [...byMessage].map(([message, fills]) => [message, fills.map(({ fill }) => fill)] as const)
  expect(new Map(present.filter(([message]) => !message.startsWith('ConsumerProtocol')))).toEqual(new Map(wanted))
  expect(Object.keys(embeddedMessages).every((name) => [0, 1, 2, 3].every((version) => byMessage.has(`${name} v${version}`)))).toBe(true)
})
