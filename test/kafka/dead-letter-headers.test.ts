import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deadLetterHeaders, readDeadLetterHeaders, type RawHeader } from '../../src/kafka/dead-letter-headers.ts'
import type { DeadLetter } from '../../src/topology/source.ts'

const raw = (headers: ReturnType<typeof deadLetterHeaders>): RawHeader[] => headers.map(([name, value]) => [Buffer.from(name), value === null ? null : Buffer.from(value)])
const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array))
const letters = fc.record({
  partition: fc.tuple(fc.constantFrom('orders', 'a.b-c_d'), fc.nat(1000)).map(([topic, partition]) => `${topic}/${partition}`),
  offset: fc.nat(2 ** 31),
  component: fc.constantFrom('split', 'lines'),
  errorClass: fc.string(),
  message: fc.string({ unit: 'grapheme' }),
  stack: fc.string({ unit: 'grapheme' }),
  attempts: fc.nat(100),
  failedAtMs: fc.nat(2 ** 31),
  generation: fc.nat(9),
})

describe('the headers of a dead letter', () => {
  it("are told from the record's own, whatever those are, and say what was written", () => {
    const own = fc.array(fc.tuple(fc.oneof(bytes, fc.constant(Buffer.from('x-src-topic'))), fc.option(bytes)))
    fc.assert(fc.property(own, letters, fc.integer({ min: -1, max: 2 ** 40 }), fc.option(fc.string(), { nil: undefined }), (own, letter: DeadLetter, timestamp, omitted) => {
      expect(readDeadLetterHeaders([...own, ...raw(deadLetterHeaders(letter, timestamp, omitted))])).toEqual({ own, facts: { ...letter, timestamp, omitted } })
    }))
  })

  it('are none where the place of the record is missing or broken', () => {
    const header = (name: string, value: string): RawHeader => [Buffer.from(name), Buffer.from(value)]
    expect(readDeadLetterHeaders([])).toBeUndefined()
    expect(readDeadLetterHeaders([header('x-src-topic', 't'), header('x-src-partition', '0')])).toBeUndefined()
    expect(readDeadLetterHeaders([header('x-src-topic', 't'), header('x-src-partition', '0'), header('x-src-offset', '1e5')])).toBeUndefined()
    expect(readDeadLetterHeaders([header('x-src-topic', 't'), header('x-src-partition', '0'), header('x-src-offset', '7'), header('x-first-failed-at', '9'.repeat(40))])?.facts).toMatchObject({ partition: 't/0', offset: 7, failedAtMs: 0 })
  })
})
