import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isoTimeText } from '../../src/base/clock.ts'
import { MillraceError } from '../../src/errors.ts'
import { parseOffsetsFile, parsePartition, parsePoint } from '../../src/replay/parse-point.ts'
import { wishText, type ReplayPoint } from '../../src/replay/wish.ts'

const from = (text: string) => parsePoint('--from', text)

function refusal(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'MR_OPTIONS_INVALID') return JSON.stringify(error.toData())
    throw error
  }
  throw new Error('was not refused')
}

const partition = fc.tuple(fc.stringMatching(/^[\w.-]{1,20}$/), fc.nat()).map(([topic, number]) => `${topic}/${number}`)
const offsets = fc.dictionary(partition, fc.maxSafeNat(), { minKeys: 1, noNullPrototype: true })

describe('a place in the logs', () => {
  it.each<[string, ReplayPoint]>([
    ['earliest', 'earliest'],
    ['start', 'start'],
    ['now', 'now'],
    ['1753574400000', { timestampMs: 1753574400000 }],
    ['2026-01-31T08:00Z', { timestampMs: 1769846400000 }],
    ['2026-01-31T08:00:00.250+01:00', { timestampMs: 1769842800250 }],
    ['6h', { agoMs: 21_600_000 }],
    ['90m', { agoMs: 5_400_000 }],
    ['1d12h30m5s', { agoMs: 131_405_000 }],
    ['1000-back', { back: 1000 }],
    ['0-back', { back: 0 }],
    ['topic2/0=9720, topic2/1=9560', { offsets: { 'topic2/0': 9720, 'topic2/1': 9560 } }],
  ])('is read from %j', (text, point) => {
    expect(from(text)).toEqual(point)
  })

  it('is the same when it is read from its own words', () => {
    const point = fc.oneof(
      fc.constantFrom<ReplayPoint>('earliest', 'start', 'now'),
      fc.nat({ max: 8_640_000_000_000_000 }).map((timestampMs) => ({ timestampMs })),
      fc.nat({ max: 1e9 }).map((seconds) => ({ agoMs: seconds * 1000 })),
      fc.maxSafeNat().map((back) => ({ back })),
      offsets.map((of) => ({ offsets: of })),
    )
    fc.assert(fc.property(point, (one) => {
      expect(from(wishText({ from: one }).replace('--from ', ''))).toEqual(one)
    }))
  })

  it('is the same time in every way to write it', () => {
    fc.assert(fc.property(fc.nat({ max: 4_000_000_000_000 }), (ms) => {
      expect(from(isoTimeText(ms))).toEqual(from(String(ms)))
    }))
  })

  it('is never anything but a place or a refusal that quotes what was written', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d.a-z/=,T:Z+-]{0,30}$/)), (text) => {
      try {
        expect(from(text)).toBeDefined()
      } catch (error) {
        expect(error).toMatchObject({ code: 'MR_OPTIONS_INVALID', remedy: expect.stringContaining('sentences/0') as string })
      }
    }))
  })

  it.each(['', 'latest', 'yesterday', '6x', 'h', '-6h', '6.5h', '30m6h', '2026-01-31', '2026-02-30T00:00Z', '1e3', '-1', '-back', '1000-front', 'a/0=', 'a/0=-1', 'a/0=1.5', 'a=1', 'a/b=1', 'a/0=1,a/00=2', 'a/0=9007199254740992', 'a/0=1,', '99999999999999999999-back'])('is not %j', (text) => {
    expect(refusal(() => from(text))).toContain('--from')
  })
})

describe('a file of offsets', () => {
  const read = (text: string) => parseOffsetsFile('--offsets', text)

  it('holds JSON or lines, which say the same', () => {
    fc.assert(fc.property(offsets, (wanted) => {
      expect(read(JSON.stringify(wanted))).toEqual({ offsets: wanted })
      expect(read(Object.entries(wanted).map(([name, offset]) => `${name}  ${offset}\r\n`).join(''))).toEqual({ offsets: wanted })
    }))
  })

  it('may have remarks and empty lines', () => {
    expect(read('# before the fix\n\ntopic2/0 9720\n  topic2/1\t9560\n')).toEqual({ offsets: { 'topic2/0': 9720, 'topic2/1': 9560 } })
  })

  it.each([['{', 'JSON'], ['{"a/0":"1"}', 'no offset'], ['{"a/0":1.5}', '1.5'], ['{"a":1}', 'topic/partition'], ['', 'names no offset'], ['{}', 'names no offset'], ['# nothing', 'names no offset'], ['a/0', 'a/0'], ['a/0 1 2', 'a/0 1 2'], ['a/0 1\na/0 2', 'twice']])('is refused when it holds %j', (text, named) => {
    expect(refusal(() => read(text))).toContain(named)
  })
})

describe('a partition', () => {
  it('has one form', () => {
    expect(parsePartition('--partition', 'my.topic-x_1/007')).toBe('my.topic-x_1/7')
    for (const text of ['', 'a', 'a/', '/1', 'a/b', 'a/1/2', 'a/-1']) expect(refusal(() => parsePartition('--partition', text))).toContain('--partition')
  })
})
