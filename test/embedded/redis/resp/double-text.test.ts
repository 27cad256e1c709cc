import fc from 'fast-check'
import { expect, test } from 'vitest'
import { doubleText } from '../../../../src/embedded/redis/resp/double-text.ts'

test.each([
  [0, '0'], [-0, '-0'], [3, '3'], [0.1, '0.10000000000000001'], [1e17, '1e+17'], [99999999999999984, '99999999999999984'], [1e16, '10000000000000000'], [1e-5, '1.0000000000000001e-05'], [0.0001, '0.0001'],
  [1e300, '1.0000000000000001e+300'], [5e-324, '4.9406564584124654e-324'], [-2.5, '-2.5'], [Infinity, 'inf'], [-Infinity, '-inf'], [NaN, 'nan'],
  // Ties go to the even digit.
  [2 ** -25, '2.9802322387695312e-08'], [1000.00006103515625, '1000.0000610351562'],
])('%d is written as C writes it', (value, text) => {
  expect(doubleText(value)).toBe(text)
})

test('what is written is read back as the same double', () => {
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
    expect(Number(doubleText(value))).toBe(value)
  }))
})
