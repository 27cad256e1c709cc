/**
 * The Yahoo streaming benchmark: views of ads per campaign in windows of 10 s. Events come from topic
 * `ad-events`; Redis knows each ad's campaign (string key ad → campaign). Results, as the original
 * lays them out: hash `<campaign>` (window start → window, `windows` → list of window starts) and hash
 * `<window>` (`seen_count`, `time_updated`).
 */
import { bolt, defineTopology, json, type OutputCollector, type TaskContext } from 'millrace'
import { kafkaSpout } from 'millrace/kafka'
import { redisReader, redisSink, type RedisReader, type RedisWrites } from 'millrace/redis'

interface AdEvent {
  readonly ad_id: string
  readonly event_type: 'view' | 'click' | 'purchase'
  /** Ms since 1970, as text. */
  readonly event_time: string
}

const windowMs = 10_000

const views = bolt({ ad: 'string', time: 'number' }, (tuple: { value: AdEvent }, out) => {
  const { ad_id, event_type, event_time } = tuple.value
  if (event_type === 'view') out.emit({ ad: ad_id, time: Number(event_time) })
})

class Join {
  readonly #campaigns = new Map<string, string>()
  #redis: RedisReader | undefined

  async prepare(context: TaskContext): Promise<void> {
    this.#redis = await redisReader(context)
  }

  execute(tuple: { ad: string; time: number }, out: OutputCollector<{ campaign: 'string'; time: 'number' }>): void | Promise<void> {
    const campaign = this.#campaigns.get(tuple.ad)
    if (campaign === undefined) return this.#ask(tuple.ad).then((campaign) => out.emit({ campaign, time: tuple.time }))
    out.emit({ campaign, time: tuple.time })
  }

  cleanup(): void {
    this.#redis?.close()
  }

  async #ask(ad: string): Promise<string> {
    const campaign = await this.#redis!.get(ad)
    if (campaign === null) throw new Error('an ad belongs to no campaign')
    this.#campaigns.set(ad, campaign)
    return campaign
  }
}

/** Windows remembered by their starts, so that a window's name is made and introduced once, not for every view. */
const rememberedStarts = 5_000

class Count {
  readonly #windows = new Map<number, Map<string, string>>()

  execute({ campaign, time }: { campaign: string; time: number }, redis: RedisWrites): void {
    const start = time - (time % windowMs)
    const windows = this.#startingAt(start)
    const known = windows.get(campaign)
    // A window's name follows from what it counts, so that a replay finds the one it made before.
    const window = known ?? `${campaign}:${start}`
    if (known === undefined) {
      const list = `${campaign}:windows`
      redis.hsetnx(campaign, 'windows', list)
      redis.hsetnx(campaign, start, window, list)
      windows.set(campaign, window)
    }
    redis.hincrby(window, 'seen_count', 1)
    redis.hset(window, 'time_updated', Date.now())
  }

  #startingAt(start: number): Map<string, string> {
    let windows = this.#windows.get(start)
    if (windows === undefined) {
      if (this.#windows.size >= rememberedStarts) this.#windows.clear()
      windows = new Map()
      this.#windows.set(start, windows)
    }
    return windows
  }
}

export default defineTopology('ads', (builder) => {
  const events = builder.setSpout('events', kafkaSpout({ topic: 'ad-events', value: json<AdEvent>() }))
  const viewed = builder.setBolt('views', views).shuffleGrouping(events)
  const joined = builder.setBolt('join', bolt({ campaign: 'string', time: 'number' }, Join)).shuffleGrouping(viewed)
  builder.setBolt('count', redisSink(Count, { volatile: ['time_updated'] })).fieldsGrouping(joined, 'campaign')
})
