import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../src/base/crc32c.ts'

/** Bit by bit, as the polynomial is defined. */
function bitwise(bytes: Uint8Array): number {
  let state = -1
  for (const byte of bytes) {
    state ^= byte
    for (let bit = 0; bit < 8; bit++) state = (state >>> 1) ^ ((state & 1) * 0x82f63b78)
  }
  return ~state >>> 0
}

describe('CRC-32C', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 0],
    ['the nine digits', Buffer.from('123456789'), 0xe3069283],
    ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 ascending bytes', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
  ])('is what RFC 3720 and the catalogue say of %s', (_, bytes, right) => {
    expect(crc32c(bytes)).toBe(right)
  })

  it('is that of the polynomial for every length and place, however the bytes are divided inside', () => {
    const random = Buffer.alloc(200_000)
    for (let i = 0; i < random.length; i++) random[i] = Math.imul(i, 0x9e3779b1) >>> 19
    const length = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 3_000, max: 6_300 }), fc.integer({ min: 65_500, max: 140_000 }))
    fc.assert(fc.property(length, fc.integer({ min: 0, max: 64 }), (bytes, at) => {
      const part = random.subarray(at, at + bytes)
      expect(crc32c(part)).toBe(bitwise(part))
    }))
  })

  it('differs when any one bit does', () => {
    const bytes = Buffer.alloc(5_000, 'whale')
    const right = crc32c(bytes)
    fc.assert(fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 1 << bit
      expect(crc32c(changed)).not.toBe(right)
    }))
  })
})
