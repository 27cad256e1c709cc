import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addLongDoubles, longDoubleText, parseLongDouble } from '../../../../src/embedded/redis/command/long-double.ts'

function sum(a: string, b: string): string | undefined {
  const total = addLongDoubles(parseLongDouble(a)!, parseLongDouble(b)!)
  return total === undefined ? undefined : longDoubleText(total)
}

test.each([
  ['0.1', '0.2', '0.3'],
  ['10.5', '0.1', '10.6'],
  ['5.0e3', '2.0e2', '5200'],
  ['3.0', '-3', '0'],
  ['-0.5', '0', '-0.5'],
  ['1e17', '0.1', '100000000000000000.1015625'],
  ['9223372036854775807', '1', '9223372036854775808'],
  ['18446744073709551615', '1', '18446744073709551616'],
  ['1e-17', '0', '0.00000000000000001'],
  ['4e-18', '0', '0'],
  ['0x1p-3', '0', '0.125'],
])('%s and %s make %s, as on a machine with 80-bit floats', (a, b, expected) => {
  expect(sum(a, b)).toBe(expected)
})

test.each(['', ' 1', '1 ', 'x', '1e', '--1', 'nan', '1e5000', '1e-5000', '1e99999999999'])('%j is no number', (text) => {
  expect(parseLongDouble(text)).toBeUndefined()
})

test('infinities of both signs have no sum', () => {
  expect(addLongDoubles(parseLongDouble('inf')!, parseLongDouble('-inf')!)).toBeUndefined()
})

test('integers are exact', () => {
  fc.assert(fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (a, b) => {
    expect(sum(String(a), String(b))).toBe(String(a + b))
  }))
})
