import fc from 'fast-check'
import { command, count, element, keyOf, options, some } from './words.ts'

const key = keyOf('stream')
/** Ids written out: what the clock says differs between two servers. */
const id = fc.oneof(
  { weight: 10, arbitrary: fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 3 })).map(([ms, sequence]) => `${ms}-${sequence}`) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 40 }).map((ms) => `${ms}-*`) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 40 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('18446744073709551615-18446744073709551614', '18446744073709551615-*', '18446744073709551616-0', '0-0', '1-', '-1', 'x', '', '01-02', '+1-+2', '-', '+', '$', '>') },
)
/** Grows from one command to the next more often than not. */
const pairs = fc.array(fc.tuple(fc.constantFrom('f', 'g', '1'), element), { minLength: 1, maxLength: 3 }).map((list) => list.flat())
const rangeEnd = fc.oneof({ weight: 3, arbitrary: id }, id.map((text) => `(${text}`), fc.constantFrom('-', '+', '(-', '('))
const mark = fc.constantFrom([], ['~'], ['='])
const trim = fc.oneof(command('MAXLEN', mark, count), command('MINID', mark, id))
const limit = command('LIMIT', fc.constantFrom('0', '1', '100', '-1', 'x'))

export const streamCommand: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 10, arbitrary: command('XADD', key, id, pairs) },
  { weight: 3, arbitrary: command('XADD', key, options(command('NOMKSTREAM'), trim, limit), id, pairs) },
  command('XADD', key, id, element),
  command('XLEN', key),
  command('XRANGE', key, '-', '+'),
  command(fc.constantFrom('XRANGE', 'XREVRANGE'), key, rangeEnd, rangeEnd, options(command('COUNT', count))),
  command('XREAD', options(command('COUNT', count)), 'STREAMS', key, id),
  command('XREAD', options(command('COUNT', count), command('BLOCK', fc.constantFrom('1', '-1', 'x')), command('NOACK')), 'STREAMS', key, key, id, id),
  command('XDEL', key, some(id)),
  command('XTRIM', key, trim, options(limit)),
  command('XTRIM', key, options(trim, trim, limit)),
  command('XINFO', 'STREAM', key, fc.constantFrom([], ['FULL'], ['FULL', 'COUNT', '1'], ['FULL', 'COUNT', '0'], ['HALF'])),
  command('XINFO', 'GROUPS', key),
  command('XINFO', 'CONSUMERS', key, 'g'),
  command('XSETID', key, id, options(command('ENTRIESADDED', count), command('MAXDELETEDID', id))),
)
