import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { parseConnections } from '../../src/cli/parse-connections.ts'
import { parseFrom } from '../../src/cli/parse-from.ts'
import { parseSeek } from '../../src/cli/parse-seek.ts'
import { MillraceError } from '../../src/errors.ts'

const canary = 'CANARY-4711'

function refusal(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'MR_OPTIONS_INVALID') return JSON.stringify(error.toData())
    throw error
  }
  throw new Error('was not refused')
}

describe('--seek', () => {
  it('names a first record for each partition', () => {
    expect(parseSeek('topic2/0=9720, topic2/1=0,my.topic-x_1/12=9007199254740991')).toEqual({ 'topic2/0': 9720, 'topic2/1': 0, 'my.topic-x_1/12': 9007199254740991 })
  })

  it('reads back whatever is written in its form', () => {
    const topic = fc.stringMatching(/^[\w.-]{1,20}$/)
    fc.assert(
      fc.property(fc.dictionary(fc.tuple(topic, fc.nat()).map(([name, partition]) => `${name}/${partition}`), fc.maxSafeNat(), { minKeys: 1 }), (seek) => {
        const parsed = parseSeek(Object.entries(seek).map(([partition, offset]) => `${partition}=${offset}`).join(','))
        expect(Object.entries(parsed).toSorted(byName)).toEqual(Object.entries(seek).toSorted(byName))
      }),
    )
  })

  it.each([
    ['topic2/0=9720,topic2=5', 'topic2=5'],
    ['topic2/0', 'topic2/0'],
    ['topic2/0=-1', 'topic2/0=-1'],
    ['topic2/0=1.5', 'topic2/0=1.5'],
    ['topic2/x=1', 'topic2/x=1'],
    ['topic2/0=9007199254740992', 'too large'],
    ['topic2/0=1,topic2/00=2', 'topic2/0 is placed twice'],
    ['', 'is not topic/partition=offset'],
    ['a/0=1,', 'is not topic/partition=offset'],
  ])('refuses %j, naming the bad part', (text, named) => {
    expect(refusal(() => parseSeek(text))).toContain(named)
  })
})

describe('--from', () => {
  it.each([
    ['committed', 'committed'],
    ['earliest', 'earliest'],
    ['latest', 'latest'],
    ['1753574400000', { timestampMs: 1753574400000 }],
    ['2026-01-31T08:00Z', { timestampMs: 1769846400000 }],
    ['2026-01-31T08:00:00.250+01:00', { timestampMs: 1769842800250 }],
  ])('takes %j', (text, wish) => {
    expect(parseFrom(text)).toEqual(wish)
  })

  it.each(['', 'Earliest', 'yesterday', '2026-01-31', '2026-01-31T08:00', '2026-02-30T00:00Z', '2026-13-01T00:00Z', '2026-01-31T25:00Z', '-1', '1e3', '99999999999999999999'])(
    'refuses %j, which is no place or could mean several times',
    (text) => {
      expect(refusal(() => parseFrom(text))).toContain(`\\"${text}\\"`)
    },
  )
})

describe('connections', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  function file(text: string): string {
    const path = join(folder, 'settings.json')
    writeFileSync(path, text)
    return path
  }

  it('are left out when they are not named', () => {
    expect(parseConnections({})).toEqual({})
  })

  it('come from the flags and the settings file, the flag going first', () => {
    const kafkaSettings = file(JSON.stringify({ brokers: ['old:1'], clientId: 'x', ssl: true }))
    expect(parseConnections({ brokers: 'a:9092, [::1]:9093', kafkaSettings, redis: 'rediss://:p%40ss@host:6379/1' })).toEqual({
      kafka: { brokers: ['a:9092', '[::1]:9093'], clientId: 'x', ssl: true },
      redis: { url: 'rediss://:p%40ss@host:6379/1' },
    })
    expect(parseConnections({ kafkaSettings })).toMatchObject({ kafka: { brokers: ['old:1'] } })
  })

  it('are refused with the fault named', () => {
    expect(refusal(() => parseConnections({ brokers: 'a:9092,b' }))).toContain('brokers.1')
    expect(refusal(() => parseConnections({ brokers: '' }))).toContain('host:port')
    expect(refusal(() => parseConnections({ kafkaSettings: file('{"clientId":"x"}') }))).toContain('--brokers')
    expect(refusal(() => parseConnections({ brokers: 'a:1', kafkaSettings: file('{"clientID":"x"}') }))).toContain('clientID')
    expect(refusal(() => parseConnections({ brokers: 'a:1', kafkaSettings: join(folder, 'none.json') }))).toContain('none.json')
    expect(refusal(() => parseConnections({ redis: 'http://host' }))).toContain('redis://')
  })

  it.each([
    ['broken settings', () => parseConnections({ brokers: 'a:1', kafkaSettings: file(`"${canary}": {`) })],
    ['settings that are no object', () => parseConnections({ brokers: 'a:1', kafkaSettings: file(`["${canary}"]`) })],
    ['a password of the wrong type', () => parseConnections({ brokers: 'a:1', kafkaSettings: file(`{"sasl":{"mechanism":"plain","username":"u","password":["${canary}"]}}`) })],
    ['a private key of the wrong type', () => parseConnections({ brokers: 'a:1', kafkaSettings: file(`{"ssl":{"passphrase":{"x":"${canary}"}}}`) })],
    ['a Redis URL that is none', () => parseConnections({ redis: `redis://:${canary}/@host` })],
    ['a URL of another scheme', () => parseConnections({ redis: `http://:${canary}@host` })],
  ])('do not show secrets when refused for %s', (_, call) => {
    expect(refusal(call)).not.toContain(canary)
  })
})

function byName([a]: [string, number], [b]: [string, number]): number {
  return a < b ? -1 : 1
}
