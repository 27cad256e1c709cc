/**
 * Compiled by `npm run types`, never run: every line under `@ts-expect-error` must be refused by the
 * compiler, everything else must be accepted.
 */
import { bolt, spout, type TopologyBuilder } from 'millrace'
import { redisCounter, redisHash, redisHyperLogLog, redisList, redisMax, redisMin, redisSet, redisSink, redisSortedSet, redisStream, redisString } from 'millrace/redis'

const sales = spout({ shop: 'string', day: 'string', cents: 'number', paid: 'boolean', receipt: 'bytes' }, function* () {
  yield undefined
})

export function accepted(builder: TopologyBuilder): void {
  const source = builder.setSpout('sales', sales)
  builder.setBolt('a', redisCounter({ key: 'sales', field: 'shop' })).fieldsGrouping(source, 'shop')
  builder.setBolt('b', redisCounter({ key: (tuple: { day: string }) => `revenue:${tuple.day}`, field: 'shop', by: 'cents' })).shuffleGrouping(source)
  builder.setBolt('c', redisCounter({ key: 'sales', field: 'cents', by: 2, expireAt: (tuple: { day: string }) => Date.parse(tuple.day) })).shuffleGrouping(source)
  builder.setBolt('d', redisHash({ key: 'last', field: 'shop', value: 'paid' })).fieldsGrouping(source, 'shop')
  builder.setBolt('e', redisSet({ key: 'shops', member: 'shop' })).shuffleGrouping(source)
  builder.setBolt('f', redisSortedSet({ key: 'top', member: 'shop', by: 'cents' })).shuffleGrouping(source)
  builder.setBolt('g', redisHyperLogLog({ key: 'distinct', element: 'shop' })).shuffleGrouping(source)
  builder.setBolt('h', redisMax({ key: 'largest', field: 'shop', value: 'cents' })).shuffleGrouping(source)
  builder.setBolt('i', redisMin({ key: 'smallest', field: 'shop', value: 'cents' })).shuffleGrouping(source)
  builder.setBolt('j', redisString({ key: (tuple: { shop: string }) => `last:${tuple.shop}`, value: 'cents' })).fieldsGrouping(source, 'shop')
  builder.setBolt('k', redisList({ key: 'log', value: 'shop', end: 'head' })).globalGrouping(source)
  builder.setBolt('l', redisStream({ key: 'events', fields: ['shop', 'cents'] })).shuffleGrouping(source)
  builder.setBolt('m', redisSink((tuple: { shop: string; cents: number }, redis) => redis.hincrby('revenue', tuple.shop, tuple.cents), { mergeable: true })).shuffleGrouping(source)
}

export function refused(builder: TopologyBuilder): void {
  const source = builder.setSpout('sales', sales)
  const words = builder.setBolt('words', bolt({ word: 'string' }, (_tuple: { shop: string }) => {})).shuffleGrouping(source)
  // @ts-expect-error the stream has no `shop`
  builder.setBolt('a', redisCounter({ key: 'sales', field: 'shop' })).shuffleGrouping(words)
  // @ts-expect-error misspelt
  builder.setBolt('b', redisCounter({ key: 'sales', field: 'shpo' })).shuffleGrouping(source)
  // @ts-expect-error `day` is no number
  builder.setBolt('c', redisCounter({ key: 'sales', field: 'shop', by: 'day' })).shuffleGrouping(source)
  // @ts-expect-error bytes are no text
  builder.setBolt('d', redisSet({ key: 'receipts', member: 'receipt' })).shuffleGrouping(source)
  // @ts-expect-error the key needs a field the stream lacks
  builder.setBolt('e', redisCounter({ key: (tuple: { year: string }) => tuple.year, field: 'shop' })).shuffleGrouping(source)
  // @ts-expect-error a flag cannot be compared
  builder.setBolt('f', redisMax({ key: 'largest', field: 'shop', value: 'paid' })).shuffleGrouping(source)
  // @ts-expect-error one of the fields is missing
  builder.setBolt('g', redisStream({ key: 'events', fields: ['shop', 'till'] })).shuffleGrouping(source)
  // @ts-expect-error an entry has at least one field
  redisStream({ key: 'events', fields: [] })
  // @ts-expect-error no key
  redisCounter({ field: 'shop' })
  // @ts-expect-error a sink emits nothing
  builder.setBolt('h', redisSet({ key: 'shops', member: 'shop' })).stream('default')
  // @ts-expect-error nor can one subscribe to it
  builder.setBolt('i', redisSet({ key: 'shops', member: 'shop' })).shuffleGrouping(builder.setBolt('j', redisSet({ key: 'shops', member: 'shop' })))
  // @ts-expect-error not a command that can be recorded
  redisSink((_tuple: { shop: string }, redis) => redis.get('revenue'))
}
