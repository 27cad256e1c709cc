import fc from 'fast-check'
import { command, element, index, options, some } from './words.ts'

const key = fc.constantFrom('list1', 'set1', 'zset1', 'list2', 'string1', 'missing')
const number = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -9, max: 9 }).map(String) }, fc.constantFrom('1.5', '-inf', '1e3', '0x10'))
const pattern = fc.constantFrom('weight_*', 'hash_*->w', 'nothing', '#', '*', 'weight_*->', '->*', '*->w', 'hash_1->*')
const star = fc.constantFrom('weight_*', 'hash_*->w', 'hash_*->nothing')

export const sortCommand: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 3, arbitrary: command('RPUSH', fc.constantFrom('list1', 'list2'), some(number, 5)) },
  { weight: 2, arbitrary: command('SADD', 'set1', some(number, 5)) },
  { weight: 2, arbitrary: command('ZADD', 'zset1', number, number) },
  command('RPUSH', 'list2', element),
  command('SET', number.map((text) => `weight_${text}`), fc.oneof(number, element)),
  command('HSET', number.map((text) => `hash_${text}`), 'w', fc.oneof(number, element)),
  { weight: 6, arbitrary: command(fc.constantFrom('SORT', 'SORT_RO'), key, options(command('ALPHA'), command('desc'), command('ASC'), command('LIMIT', index, index), command('GET', pattern), command('GET', pattern))) },
  { weight: 3, arbitrary: command('SORT', key, options(command('DESC'), command('LIMIT', index, index), command('BY', star), command('GET', pattern), command('NONSENSE'))) },
  // What is sorted by equal texts comes in the order it had, which only lists have.
  { weight: 3, arbitrary: command('SORT', fc.constantFrom('list1', 'list2'), options(command('ALPHA'), command('DESC'), command('BY', pattern), command('GET', pattern))) },
  command('SORT', fc.constantFrom('list1', 'zset1'), 'BY', 'nothing', options(command('DESC'), command('LIMIT', index, index))),
  { weight: 3, arbitrary: command('SORT', key, options(command('ALPHA'), command('GET', pattern), command('LIMIT', index, index)), 'STORE', fc.constantFrom('list1', 'list3', 'string1')) },
  command('SORT', fc.constantFrom('set1', 'list2'), 'BY', 'nothing', 'STORE', 'list3'),
  command('SORT_RO', key, 'STORE', 'list3'),
  command('LRANGE', fc.constantFrom('list1', 'list3'), '0', '-1'),
  command('SET', 'string1', element),
)
