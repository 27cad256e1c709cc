import fc from 'fast-check'

/** Few names, so that commands meet the same keys, among them keys of other types. */
export const keyOf = (kind: string): fc.Arbitrary<string> =>
  fc.oneof({ weight: 12, arbitrary: fc.constantFrom(`${kind}1`, `${kind}2`, `${kind}3`) }, { weight: 1, arbitrary: fc.constantFrom('list1', 'set1', 'zset1', 'stream1', 'string1', 'missing') })

/** Elements: few words, numbers in all their spellings, and now and then any bytes. */
export const element: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', 'aa', 'ab', '', 'A') },
  { weight: 4, arbitrary: fc.integer({ min: -5, max: 20 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('007', '-0', '9223372036854775807', '-9223372036854775808', '9223372036854775808', '1.5', 'x'.repeat(65)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString('latin1')) },
)

export const index: fc.Arbitrary<string> = fc.oneof(
  { weight: 10, arbitrary: fc.integer({ min: -6, max: 6 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('9223372036854775807', '-9223372036854775808', '1.5', 'x', '', ' 1', '+1', '01', '-0') },
)

export const count: fc.Arbitrary<string> = fc.oneof(
  { weight: 10, arbitrary: fc.integer({ min: 0, max: 5 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('-1', '-3', '100', 'x', '9223372036854775807') },
)

/** One of several forms of a command, each a list of parts that are words or generators of words. */
export function command(...parts: readonly (string | fc.Arbitrary<string> | fc.Arbitrary<readonly string[]>)[]): fc.Arbitrary<string[]> {
  const words = parts.map((part) => (typeof part === 'string' ? fc.constant([part]) : (part as fc.Arbitrary<string | readonly string[]>).map((word) => (typeof word === 'string' ? [word] : [...word]))))
  return fc.tuple(...words).map((lists) => lists.flat())
}

/** One to three of them. */
export function some(arbitrary: fc.Arbitrary<string>, maxLength = 3): fc.Arbitrary<string[]> {
  return fc.array(arbitrary, { minLength: 1, maxLength })
}

/** Each of the options is there or not, in any order. */
export function options(...optional: readonly fc.Arbitrary<string[]>[]): fc.Arbitrary<string[]> {
  return fc.tuple(...optional.map((option) => fc.option(option, { nil: [], freq: 2 }))).chain((chosen) => fc.shuffledSubarray(chosen, { minLength: chosen.length }).map((lists) => lists.flat()))
}

/** Keys with their number in front, which is now and then wrong. */
export function countedKeys(key: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  return fc.tuple(some(key), fc.integer({ min: 0, max: 20 })).map(([keys, slip]) => [slip === 0 ? '0' : slip === 1 ? String(keys.length + 1) : slip === 2 ? 'x' : String(keys.length), ...keys])
}
