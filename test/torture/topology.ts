/**
 * What is tortured: tuples that cross between workers, an async bolt, batches, results at the end of an
 * epoch, and sinks of several kinds.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { bolt, defineTopology } from 'millrace'
import { pickJson, tumblingCount } from 'millrace/bolts'
import { kafkaSpout } from 'millrace/kafka'
import { redisCounter, redisMax, redisSet, redisSortedSet } from 'millrace/redis'
import { watchOrders } from './worker-orders.ts'
import type { TortureRecord } from './record.ts'
import { resultNames, windowMs } from './result-names.ts'

const name = process.env['TORTURE_NAME'] ?? 'torture'
const names = resultNames(name)
/** How long a tuple stays in the async bolt. */
const pauseMs = Number(process.env['TORTURE_PAUSE_MS'] ?? 1)

const parse = bolt({ partition: 'string', offset: 'number', user: 'string', page: 'string', amount: 'number', words: 'string' }, (tuple: { value: string }, out) => {
  const { partition, offset, user, page, amount, words } = JSON.parse(tuple.value) as TortureRecord
  out.emit({ partition: String(partition), offset, user, page, amount, words })
})

const split = bolt({ word: 'string' }, (tuple: { words: string }, out) => {
  for (const word of tuple.words.split(' ')) out.emit({ word })
})

const spend = bolt({ user: 'string', page: 'string', amount: 'number' }, async (tuple: { user: string; page: string; amount: number }, out) => {
  await delay(pauseMs)
  const { user, page, amount } = tuple
  out.emit({ user, page, amount })
})

watchOrders(process.env['TORTURE_ORDERS'])

export default defineTopology(name, (builder) => {
  const records = builder.setSpout('records', kafkaSpout({ topic: process.env['TORTURE_TOPIC'] ?? name, value: 'utf8' }))

  const parsed = builder.setBolt('parse', parse).shuffleGrouping(records)
  const words = builder.setBolt('split', split).fieldsGrouping(parsed, 'words')
  builder.setBolt('words', redisCounter({ key: names.words, field: 'word' })).fieldsGrouping(words, 'word')
  builder.setBolt('partitions', redisCounter({ key: names.partitions, field: 'partition' })).fieldsGrouping(parsed, 'partition')
  builder.setBolt('highest', redisMax({ key: names.highest, field: 'partition', value: 'offset' })).fieldsGrouping(parsed, 'partition')

  const spent = builder.setBolt('spend', spend, { maxConcurrency: 16 }).fieldsGrouping(parsed, 'user')
  builder.setBolt('spent', redisSortedSet({ key: names.spent, member: 'user', by: 'amount' })).fieldsGrouping(spent, 'user')
  builder.setBolt('users', redisSet({ key: (tuple: { page: string }) => names.usersOf(tuple.page), member: 'user' })).fieldsGrouping(spent, 'page')

  const picked = builder.setBolt('pick', pickJson({ field: 'value', fields: { page: 'string', time: 'number' } })).shuffleGrouping(records)
  const shares = builder.setBolt('windows', tumblingCount({ by: 'page', time: 'time', sizeMs: windowMs })).fieldsGrouping(picked, 'page')
  builder.setBolt('window', redisCounter({ key: (tuple: { start: number }) => names.window(tuple.start), field: 'page', by: 'count' })).shuffleGrouping(shares)
})
