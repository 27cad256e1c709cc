import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../src/errors.ts'
import { decodeJson, decodeUtf8, isText } from '../../src/kafka/decoder.ts'
import { hostileRecord } from '../../src/testing/hostile-record.ts'
import { pickJson } from '../../src/bolts/index.ts'
import type { BoltDefinition } from '../../src/topology/bolt.ts'
import { noLineage } from '../../src/tuple/batch.ts'
import { ColumnBatch } from '../../src/tuple/column-batch.ts'
import { TextColumn } from '../../src/tuple/text-column.ts'
import { encodeRecordBatch } from '../../src/wire/encode-record-batch.ts'
import { readAll } from '../wire/read-all.ts'
import { byBatch, byRows } from '../bolts/both-ways.ts'
import { jsonDepth } from '../fuzz/json-depth.ts'

const members = ['page', 'at', 'ok', '__proto__']
const record = hostileRecord(fc, { members, largestBytes: 20_000 })
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What a reader makes of the bytes, or that it refuses them; nothing else may be thrown. */
function outcome<T>(read: () => T): { readonly value: T } | 'refused' {
  try {
    return { value: read() }
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'MR_RECORD_INVALID') return 'refused'
    throw error
  }
}

function strictText(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

describe('hostile records', () => {
  test('hold all that a topology must expect', () => {
    const kinds = new Set<string>()
    for (const { key, value, headers } of fc.sample(record, { numRuns: 2_000, seed: 7 })) {
      if (key === null) kinds.add('no key')
      if (value === null) kinds.add('tombstone')
      else if (value.length === 0) kinds.add('empty')
      else if (value.length > 10_000) kinds.add('large')
      if (headers.length > 1 && new Set(headers.map(([name]) => name)).size < headers.length) kinds.add('a header twice')
      const text = value === null ? '' : strictText(value)
      if (text === undefined) kinds.add('broken UTF-8')
      else {
        if (text.includes('\0')) kinds.add('control characters')
        if (/"\\ud[89a-f]/.test(text)) kinds.add('surrogates')
        if (text.includes('1e400')) kinds.add('infinite')
        if (text.includes('9007199254740993')) kinds.add('beyond 2^53')
        if (text.includes('"__proto__":')) kinds.add('__proto__')
        try {
          JSON.parse(text)
          kinds.add(jsonDepth(text) > 1_000 ? 'deep JSON' : 'JSON')
        } catch {
          kinds.add('no JSON')
        }
      }
    }
    expect([...kinds].sort()).toEqual(['JSON', '__proto__', 'a header twice', 'beyond 2^53', 'broken UTF-8', 'control characters', 'deep JSON', 'empty', 'infinite', 'large', 'no JSON', 'no key', 'surrogates', 'tombstone'])
  })

  test('come out of a batch as they went in', () => {
    fc.assert(fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), (records) => {
      const read = readAll(encodeRecordBatch({ records: records.map((one, offset) => ({ ...one, offset, timestamp: 1 })) }), { wanted: 0 })
      const latin1 = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString('latin1'))
      expect(read.records.map(({ key, value }) => ({ key, value }))).toEqual(records.map(({ key, value }) => ({ key: latin1(key), value: latin1(value) })))
    }), { numRuns: 200 })
  })

  test('are text exactly where a strict decoder says so', () => {
    fc.assert(fc.property(record, ({ value }) => {
      const bytes = Buffer.concat([Buffer.from('é<'), value ?? Buffer.alloc(0), Buffer.from('>')])
      const [at, end] = [3, bytes.length - 1]
      const right = strictText(bytes.subarray(at, end))
      expect(outcome(() => decodeUtf8(bytes, at, end))).toEqual(right === undefined ? 'refused' : { value: right })
      expect(isText(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at, end)).toBe(right !== undefined)
    }), { numRuns: 500 })
  })

  test('are JSON exactly where JSON.parse says so, but for what is nested too deep, and without __proto__', () => {
    fc.assert(fc.property(record, ({ value }) => {
      const bytes = Buffer.from(value ?? [])
      const text = strictText(bytes)
      const right = text === undefined ? 'refused' : outcome(() => {
        try {
          return JSON.parse(text, (name, member: unknown) => (name === '__proto__' ? undefined : member)) as unknown
        } catch {
          throw new MillraceError('MR_RECORD_INVALID', 'no JSON')
        }
      })
      expect(outcome(() => decodeJson(bytes, 0, bytes.length))).toEqual(text !== undefined && right !== 'refused' && jsonDepth(text) > 1_000 ? 'refused' : right)
    }), { numRuns: 500 })
  })

  test('are picked from bytes as they are from strings', async () => {
    const bolt = pickJson({ field: 'value', fields: { page: 'string', at: 'number', ok: 'boolean', ['__proto__']: 'string' } }) as BoltDefinition<never>
    const pages = pickJson({ field: 'value', fields: { page: 'string' } }) as BoltDefinition<never>
    await fc.assert(fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 8 }), async (records) => {
      const texts = records.flatMap(({ value }) => (value === null || strictText(value) === undefined ? [] : [Buffer.from(value)]))
      if (texts.length === 0) return
      const ends = texts.map((_, i) => texts.slice(0, i + 1).reduce((sum, text) => sum + text.length, 0))
      const column = new TextColumn(Buffer.concat(texts), Int32Array.from(ends, (end, i) => end - texts[i]!.length), Int32Array.from(ends))
      const batch = new ColumnBatch(['value'], [column], texts.length, noLineage)
      for (const each of [bolt, pages]) {
        const [one, other] = [await byRows(each, batch), await byBatch(each, batch)]
        expect(other.rows).toEqual(one.rows)
        expect(other.failures).toEqual(one.failures)
      }
    }), { numRuns: 300 })
  })
})
