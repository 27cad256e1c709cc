import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonScanner } from '../../src/bolts/json-scanner.ts'

const fields = { ad: 'string', 'größe': 'number', ok: 'boolean' } as const
const names = Object.keys(fields)

const newScanner = () => new JsonScanner(names, Object.values(fields))

/** What a scanner found, or undefined where it was not sure. Behind the text the buffer may end. */
function scannedBy(scanner: JsonScanner, text: string, before = '"before"', behind = '"behind"'): Record<string, unknown> | undefined {
  // A buffer of its own, so that nothing can be read beyond it unnoticed.
  const bytes = Buffer.from(new TextEncoder().encode(`${before}${text}${behind}`).buffer)
  const row = 1
  const found = { starts: names.map(() => new Int32Array(2)), ends: names.map(() => new Int32Array(2)), numbers: names.map(() => new Float64Array(2)) }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!scanner.scan(bytes, view, Buffer.byteLength(before), bytes.length - Buffer.byteLength(behind), found, row)) return undefined
  return { ad: bytes.toString('utf8', found.starts[0]![row], found.ends[0]![row]), 'größe': found.numbers[1]![row], ok: found.numbers[2]![row] === 1 }
}

/** By a scanner that has seen nothing before. */
const scanned = (text: string) => scannedBy(newScanner(), text)

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

  it('reads an object after any others as it reads it alone', () => {
    const layout = fc.oneof(document, complete.map(([ad, size, ok, rest]) => JSON.stringify({ rest, ad, ok, 'größe': size })), complete.map(([ad, size, ok]) => JSON.stringify({ ad, ok, id: ad, 'größe': size })))
    const records = fc.array(fc.tuple(layout, fc.constantFrom(['', ''], ['{', '}'], ['"', '"ad":"x"']), fc.constantFrom((text: string) => text, (text: string) => text.replaceAll('":', '": '), (text: string) => text.slice(0, -1))), { maxLength: 12 })
    fc.assert(fc.property(records, (texts) => {
      const scanner = newScanner()
      for (const [text, [before, behind], changed] of texts) {
        const found = scannedBy(scanner, changed(text), before, behind)
        expect(found).toEqual(scanned(changed(text)))
        if (found !== undefined) expect(found).toEqual(parsed(changed(text)))
      }
    }), { numRuns: 1_000 })
  })

  it('tells apart members whose names differ in one byte or in their length', () => {
    const name = fc.constantFrom('ad', 'Ad', 'bd', 'ad ', 'größe', 'größf', 'gröse', 'ok', 'o', 'okk', 'x'.repeat(26), `${'x'.repeat(25)}y`, 'x'.repeat(27), 'x'.repeat(28))
    const object = fc.uniqueArray(name, { minLength: 1, maxLength: 6 }).map((extra) => `{${[...extra.filter((one) => !names.includes(one)), ...names].map((one) => `"${one}":${one === 'ok' ? 'true' : one === 'größe' ? '7' : `"${one}"`}`).join(',')}}`)
    fc.assert(fc.property(fc.array(object, { maxLength: 8 }), (texts) => {
      const scanner = newScanner()
      for (const text of texts) expect(scannedBy(scanner, text)).toEqual(parsed(text))
    }))
  })

  it('finds the end of texts of every length, also where the buffer ends', () => {
    const scanner = newScanner()
    for (let length = 0; length < 20; length++) {
      for (const unit of ['x', '!', '#', '[', ']', '\x7f', 'ü']) {
        const text = `{"größe":1,"ok":true,"rest":"${unit.repeat(length)}","ad":"${unit.repeat(length)}"}`
        expect(scannedBy(scanner, text, '', '')).toEqual(parsed(text))
      }
    }
  })

  it('sees what a text must not hold at every place of it', () => {
    const scanner = newScanner()
    for (let length = 1; length < 12; length++) {
      for (let at = 0; at < length; at++) {
        for (const bad of ['"', '\\', '\u0000', '\u001f', '\n']) {
          const value = `${'x'.repeat(at)}${bad}${'x'.repeat(length - at - 1)}`
          for (const text of [`{"größe":1,"ok":true,"ad":"${value}"}`, `{"größe":1,"ok":true,"rest":"${value}","ad":""}`]) expect(scannedBy(scanner, text, '', '')).toBeUndefined()
        }
      }
    }
  })

  it('never reads beyond the end of a text that is cut', () => {
    const whole = '{"größe":-1.5e+3,"ok":true,"rest":[{"a":"\\u00e9","b":[null,false,-0]}],"ad":"x"}'
    for (let length = 0; length < whole.length; length++) {
      const scanner = newScanner()
      for (const text of [whole, whole.slice(0, length)]) expect(scannedBy(scanner, text, '', '')).toEqual(parsed(text))
    }
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
