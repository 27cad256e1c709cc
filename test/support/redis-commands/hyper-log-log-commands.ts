import fc from 'fast-check'
import { command, element, keyOf, some } from './words.ts'

const key = keyOf('counted')
const anything = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1'))

export const hyperLogLogCommand: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 6, arbitrary: command('PFADD', key, some(anything, 30)) },
  command('PFADD', key, some(element)),
  command('PFADD', key),
  command('PFCOUNT', some(key)),
  command('PFMERGE', key, some(key)),
  command('GET', key),
  command('STRLEN', key),
  command('SETRANGE', key, fc.integer({ min: 0, max: 40 }).map(String), 'x'),
  command('TYPE', key),
)
