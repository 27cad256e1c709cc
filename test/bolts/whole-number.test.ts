import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { wholeNumber } from '../../src/bolts/whole-number.ts'

/** The text between others, or at the end of a buffer. */
function read(text: string, before: string, behind: string): number {
  const bytes = new TextEncoder().encode(`${before}${text}${behind}`)
  return wholeNumber(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), before.length, bytes.length - behind.length)
}

const around = fc.constantFrom('', '7', '123', '-')

it('reads whole numbers of up to 15 digits, whatever stands around them', () => {
  fc.assert(fc.property(fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }), fc.nat({ max: 14 }), around, around, (number, zeros, before, behind) => {
    expect(read(String(number), before, behind)).toBe(number)
    const padded = String(Math.abs(number)).padStart(zeros, '0')
    expect(read(padded, before, behind)).toBe(Math.abs(number))
  }))
})

it('refuses everything else', () => {
  const unit = fc.oneof(fc.constantFrom('0', '1', '7', '8', '9', '-'), fc.constantFrom('/', ':', '\u0000', '\u007f', ' ', '.', 'é', '\u00ff', '🐋'))
  fc.assert(fc.property(fc.string({ unit, maxLength: 17 }), around, around, (text, before, behind) => {
    const expected = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    expect(read(text, before, behind)).toBe(expected)
  }), { numRuns: 2_000 })
  for (const text of ['', '-', '1234567890123456', '-1234567890123456', '--1']) expect(read(text, '', '')).toBeNaN()
})
