import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDouble, readDouble } from '../../../../src/embedded/redis/command/parse-double.ts'

/** `value` as C's printf writes it with `%a`, or some other spelling of the same number. */
function hexadecimal(value: number): string {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, Math.abs(value))
  const all = bits.getBigUint64(0)
  const exponent = Number(all >> 52n)
  const fraction = (all & (2n ** 52n - 1n)).toString(16).padStart(13, '0')
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  return exponent === 0 ? `${sign}0x0.${fraction}p-1022` : `${sign}0x1.${fraction}p${exponent - 1023}`
}

describe('a double', () => {
  it('is read in decimal and in hexadecimal, to the last bit', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(parseDouble(String(value)) === value).toBe(true)
      expect(Object.is(parseDouble(hexadecimal(value)), value)).toBe(true)
    }), { numRuns: 500 })
  })

  it.each([
    ['0x1p3', 8], ['0x.8', 0.5], ['-0X1P-1074', -5e-324], ['0x1.00000000000008p0', 1], ['0x1.00000000000018p0', 1 + 2 ** -51], ['0x1.fffffffffffff7p1023', Number.MAX_VALUE],
    ['inf', Infinity], ['-Infinity', -Infinity], ['+INF', Infinity], ['.5', 0.5], ['5.', 5], ['0e999', 0], ['4.9e-324', 5e-324],
  ])('may be written %s', (text, value) => {
    expect(parseDouble(text)).toBe(value)
  })

  it.each(['', ' 1', '1 ', '1x', 'nan', '-nan', '1e999', '-1e999', '1e-999', '0x', '0x1p1024', '0x1p-1076', '--1', '.', 'e5', 'infinit', '1\0'])('is not %o', (text) => {
    expect(parseDouble(text)).toBeUndefined()
  })

  it('is found at the start of a text as by strtod', () => {
    expect(readDouble(' \t1.5x')).toEqual({ value: 1.5, length: 5, outOfRange: false })
    expect(readDouble('x')).toEqual({ value: 0, length: 0, outOfRange: false })
    expect(readDouble('0xg')).toEqual({ value: 0, length: 1, outOfRange: false })
    expect(readDouble('1e999')).toEqual({ value: Infinity, length: 5, outOfRange: true })
  })
})
