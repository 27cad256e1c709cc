import { bolt, defineTopology, type OutputCollector, type TaskContext } from 'millrace'
import { kafkaSpout } from 'millrace/kafka'
import { redisReader, redisSink, type RedisReader, type RedisWrites } from 'millrace/redis'
import { settings, givingUp } from './settings.ts'

const windowMs = 10_000
const eventFields = { ad_id: 'string', event_type: 'string', event_time: 'string' } as const

function asEvent(text: string): { readonly ad_id: string; readonly event_type: string; readonly event_time: string } {
  const value = JSON.parse(text) as unknown
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('no object')
  const own = (name: string): unknown => (Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined)
  const [ad_id, event_type, event_time] = [own('ad_id'), own('event_type'), own('event_time')]
  if (typeof ad_id !== 'string' || typeof event_type !== 'string' || typeof event_time !== 'string') throw new TypeError('no event')
  return { ad_id, event_type, event_time }
}

const read = bolt(eventFields, (tuple: { value: string }, out) => out.emit(asEvent(tuple.value)))

const views = bolt({ ad_id: 'string', event_time: 'string' }, ({ ad_id, event_type, event_time }: { ad_id: string; event_type: string; event_time: string }, out) => {
  if (event_type === 'view') out.emit({ ad_id, event_time })
})

class Join {
  #redis: RedisReader | undefined

  async prepare(context: TaskContext): Promise<void> {
    this.#redis = await redisReader(context)
  }

  async execute({ ad_id, event_time }: { ad_id: string; event_time: string }, out: OutputCollector<{ campaign: 'string'; event_time: 'string' }>): Promise<void> {
    const campaign = await this.#redis!.get(ad_id)
    if (campaign === null) throw new Error('an ad belongs to no campaign')
    out.emit({ campaign, event_time })
  }

  cleanup(): void {
    this.#redis?.close()
  }
}

const windows = bolt({ campaign: 'string', start: 'number' }, ({ campaign, event_time }: { campaign: string; event_time: string }, out) => {
  if (!/^-?\d{1,15}$/.test(event_time)) throw new TypeError('no time')
  out.emit({ campaign, start: Math.floor(Number(event_time) / windowMs) * windowMs })
})

function write({ campaign, start }: { campaign: string; start: number }, redis: RedisWrites): void {
  const list = `${campaign}:windows`
  redis.hsetnx(campaign, 'windows', list)
  redis.hsetnx(campaign, start, `${campaign}:${start}`, list)
  redis.hincrby(`${campaign}:${start}`, 'seen_count', 1)
  redis.hset(`${campaign}:${start}`, 'time_updated', Date.now())
}

export default defineTopology(settings.name, (builder) => {
  const records = builder.setSpout('records', kafkaSpout({ topic: settings.topic, value: 'utf8', fetch: settings.fetch }), givingUp)
  const events = builder.setBolt('read', read, givingUp).shuffleGrouping(records)
  const viewed = builder.setBolt('views', views, givingUp).shuffleGrouping(events)
  const joined = builder.setBolt('join', bolt({ campaign: 'string', event_time: 'string' }, Join), givingUp).fieldsGrouping(viewed, 'ad_id')
  const counted = builder.setBolt('windows', windows, givingUp).shuffleGrouping(joined)
  builder.setBolt('write', redisSink(write), givingUp).fieldsGrouping(counted, 'campaign')
})
