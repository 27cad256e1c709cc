/**
 * The Yahoo streaming benchmark: views of ads per campaign in windows of 10 s. Events come from topic
 * `ad-events`; Redis knows each ad's campaign (string key ad → campaign). Results, as the original
 * lays them out: hash `<campaign>` (window start → window, `windows` → list of window starts) and hash
 * `<window>` (`seen_count`, `time_updated`).
 */
import { bolt, defineTopology, json, type OutputCollector, type TaskContext } from 'millrace'
import { kafkaSpout } from 'millrace/kafka'
import { redisReader, redisSink, type RedisReader } from 'millrace/redis'

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

interface Window {
  readonly startMs: number
  readonly start: string
  readonly id: string
  /** Key of the campaign's list of window starts. */
  readonly list: string
}

/** The window of each campaign that was counted last. */
const windows = new Map<string, Window>()

/** Names follow from what they name, so that a replay finds what it made before. */
function windowAt(campaign: string, time: number): Window {
  const startMs = time - (time % windowMs)
  let window = windows.get(campaign)
  if (window?.startMs !== startMs) {
    window = { startMs, start: String(startMs), id: `${campaign}:${startMs}`, list: `${campaign}:windows` }
    windows.set(campaign, window)
  }
  return window
}

const count = redisSink(({ campaign, time }: { campaign: string; time: number }, redis) => {
  const { start, id, list } = windowAt(campaign, time)
  redis.hsetnx(campaign, 'windows', list)
  redis.hsetnx(campaign, start, id, list)
  redis.hincrby(id, 'seen_count', 1)
  redis.hset(id, 'time_updated', Date.now())
}, { mergeable: true })

export default defineTopology('ads', (builder) => {
  const events = builder.setSpout('events', kafkaSpout({ topic: 'ad-events', value: json<AdEvent>() }))
  const viewed = builder.setBolt('views', views).shuffleGrouping(events)
  const joined = builder.setBolt('join', bolt({ campaign: 'string', time: 'number' }, Join)).shuffleGrouping(viewed)
  builder.setBolt('count', count).fieldsGrouping(joined, 'campaign')
})
