import fc from 'fast-check'
import { command, count, countedKeys, element, index, keyOf, options, some } from './words.ts'

const key = keyOf('list')
const side = fc.constantFrom('LEFT', 'right', 'RIGHT', 'left', 'up')
/** Waits end at once: a command that would wait runs inside MULTI, or its keys are never filled. */
const timeout = fc.constantFrom('0.001', '0.01', '-1', 'x')

export const listCommand: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 6, arbitrary: command(fc.constantFrom('LPUSH', 'RPUSH', 'rpush'), key, some(element, 5)) },
  command(fc.constantFrom('LPUSHX', 'RPUSHX'), key, some(element)),
  command(fc.constantFrom('LPOP', 'RPOP'), key),
  command(fc.constantFrom('LPOP', 'RPOP'), key, count),
  command('LRANGE', key, index, index),
  command('LRANGE', key, '0', '-1'),
  command('LLEN', key),
  command('LINDEX', key, index),
  command('LSET', key, index, element),
  command('LREM', key, index, element),
  command('LTRIM', key, index, index),
  command('LINSERT', key, fc.constantFrom('BEFORE', 'after', 'beside'), element, element),
  command('LPOS', key, element, options(command('RANK', index), command('COUNT', count), command('MAXLEN', count))),
  command('LMOVE', key, key, side, side),
  command('RPOPLPUSH', key, key),
  command('LMPOP', countedKeys(key), side, options(command('COUNT', count))),
  command('BLPOP', some(key), timeout),
  command('BRPOP', some(key), timeout),
  command('BLMOVE', key, key, side, side, timeout),
  command('BRPOPLPUSH', key, key, timeout),
  command('BLMPOP', timeout, countedKeys(key), side, options(command('COUNT', count))),
  command('OBJECT', 'ENCODING', key),
)
