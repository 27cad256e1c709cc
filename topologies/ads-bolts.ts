/** The ads of `ads.ts` made of library bolts up to the sink: the same results in Redis. */
import { defineTopology } from 'millrace'
import { filterEquals, lookup, pickJson, tumblingCount } from 'millrace/bolts'
import { kafkaSpout } from 'millrace/kafka'
import { redisReader, redisSink, type RedisWrites } from 'millrace/redis'

/** A share of a window: what one epoch has counted of it. */
interface Share {
  readonly campaign: string
  readonly start: number
  readonly count: number
}

/** A window's name follows from what it counts, so that a replay finds the one it made before. */
function write({ campaign, count, start }: Share, redis: RedisWrites): void {
  const window = `${campaign}:${start}`
  const list = `${campaign}:windows`
  redis.hsetnx(campaign, 'windows', list)
  redis.hsetnx(campaign, start, window, list)
  redis.hincrby(window, 'seen_count', count)
  redis.hset(window, 'time_updated', Date.now())
}

export default defineTopology('ads-bolts', (builder) => {
  const events = builder.setSpout('events', kafkaSpout({ topic: 'ad-events', value: 'utf8' }))
  const picked = builder.setBolt('pick', pickJson({ field: 'value', fields: { ad_id: 'string', event_type: 'string', event_time: 'string' } })).shuffleGrouping(events)
  const views = builder.setBolt('views', filterEquals({ field: 'event_type', value: 'view', keep: { ad_id: 'string', event_time: 'string' } })).shuffleGrouping(picked)
  const joined = builder.setBolt('join', lookup({ field: 'ad_id', as: 'campaign', from: redisReader, keep: { event_time: 'string' } })).shuffleGrouping(views)
  const shares = builder.setBolt('windows', tumblingCount({ by: 'campaign', time: 'event_time', sizeMs: 10_000 })).shuffleGrouping(joined)
  builder.setBolt('write', redisSink(write, { mergeable: true })).shuffleGrouping(shares)
})
