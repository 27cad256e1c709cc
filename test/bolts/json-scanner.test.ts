import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonScanner } from '../../src/bolts/json-scanner.ts'

const fields = { ad: 'string', 'größe': 'number', ok: 'boolean' } as const
const names = Object.keys(fields)

/** What the scanner found, or undefined where it was not sure. */
function scanned(text: string): Record<string, unknown> | undefined {
  const bytes = Buffer.from(`"before"${text}"after"`)
  const scanner = new JsonScanner(names, Object.values(fields))
  if (!scanner.scan(bytes, 8, bytes.length - 7)) return undefined
  return { ad: bytes.toString('utf8', scanner.starts[0], scanner.ends[0]), 'größe': scanner.numbers[1], ok: scanner.numbers[2] === 1 }
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as Record<string, unknown>
    return Object.fromEntries(names.map((name) => [name, value[name]]))
  } catch {
    return undefined
  }
}

const blank = fc.constantFrom('', '', '', ' ', '\n\t ', '\r')
const anyValue = fc.jsonValue({ maxDepth: 3 })
const member = fc.oneof(
  fc.tuple(fc.constantFrom(...names, 'a', 'adx', '', 'x'.repeat(40)), anyValue),
  fc.tuple(fc.constant('ad'), fc.string({ unit: 'grapheme' })),
  fc.tuple(fc.constant('größe'), fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger())),
  fc.tuple(fc.constant('ok'), fc.boolean()),
  fc.tuple(fc.string(), anyValue),
)
/** Objects as text, with doubled names, blanks anywhere and escapes where JSON.stringify makes them. */
const document = fc.tuple(fc.array(fc.tuple(member, blank, blank)), blank).map(([members, end]) =>
  `${end}{${end}${members.map(([[name, value], before, after]) => `${before}${JSON.stringify(name)}${after}:${before}${JSON.stringify(value)}${after}`).join(',')}}${end}`)
const complete = fc.tuple(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/["\\\p{Cc}]/gu, '')), fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })), fc.boolean(), anyValue)

describe('the scanner of JSON', () => {
  it('reads what JSON.parse reads, or says that it is not sure', () => {
    fc.assert(fc.property(document, (text) => {
      const found = scanned(text)
      if (found !== undefined) expect(found).toEqual(parsed(text))
    }), { numRuns: 2_000 })
  })

  it('is sure of every object without escapes that has what was declared', () => {
    fc.assert(fc.property(complete, ([ad, size, ok, rest]) => {
      const text = JSON.stringify({ rest, ad, ok, 'größe': size })
      expect(scanned(text)).toEqual(parsed(text))
    }))
  })

  it('accepts nothing that JSON.parse refuses, whatever was done to the text', () => {
    const damage = fc.record({ at: fc.nat(), remove: fc.integer({ min: 0, max: 3 }), insert: fc.oneof(fc.constantFrom('', '"', '\\', ',', '{', '}', '[', ']', ':', '0', '-', '.', 'e', '\\u12', '\u0000', 'tru', ' '), fc.string({ maxLength: 2 })) })
    fc.assert(fc.property(document, fc.array(damage, { minLength: 1, maxLength: 3 }), (text, damages) => {
      let damaged = text
      for (const { at, remove, insert } of damages) {
        const from = at % (damaged.length + 1)
        damaged = damaged.slice(0, from) + insert + damaged.slice(from + remove)
      }
      damaged = damaged.toWellFormed()
      const found = scanned(damaged)
      if (found !== undefined) expect(found).toEqual(parsed(damaged))
    }), { numRuns: 5_000 })
  })

  it.each([
    '{"ad":"x","größe":01,"ok":true}', '{"ad":"x","größe":1.,"ok":true}', '{"ad":"x","größe":.5,"ok":true}', '{"ad":"x","größe":+1,"ok":true}', '{"ad":"x","größe":1e,"ok":true}',
    '{"ad":"x","größe":1,"ok":true,}', '{"ad":"x","größe":1,"ok":true}}', '{"ad":"x","größe":1,"ok":nulL}', '{"ad":"x","größe":1,"ok":null}', '{"ad":"a\nb","größe":1,"ok":true}',
    '{"ad":"x","größe":1,"ok":true,"a":"\\x"}', '{"ad":"x","größe":1,"ok":true,"a":"\\u00g0"}', '{"a\\u0064":"x","ad":"x","größe":1,"ok":true}', '[{"ad":"x","größe":1,"ok":true}]',
    '{"ad":"x","größe":1}', '', '{', '{}', 'null', '{"ad":"x","größe":1,"ok":true', '{"ad":"x","größe":1,"ok":true}x', '\ufeff{"ad":"x","größe":1,"ok":true}', '{"ad":7,"größe":1,"ok":true}',
    `{"ad":"x","größe":1,"ok":true,"deep":${'['.repeat(100)}${']'.repeat(100)}}`,
  ])('is not sure of %s', (text) => {
    expect(scanned(text)).toBeUndefined()
  })

  it.each([
    ['{"ad":"a","ad":"b","größe":-0,"größe":-1.5e-3,"ok":false,"ok":true}', { ad: 'b', 'größe': -0.0015, ok: true }],
    ['{"größe":12345678901234567890,"x":{"ad":"no","y":[[],{},"\\"\\\\\\u00e9",null,1E+5]},"ad":"","ok":false}', { ad: '', 'größe': Number('12345678901234567890'), ok: false }],
    ['{"größe":-0,"ad":"🐋","ok":false}', { ad: '🐋', 'größe': -0, ok: false }],
  ])('finds what is there in %s', (text, expected) => {
    expect(scanned(text)).toEqual(expected)
  })
})
