import { pick, seededRandom, uuid } from './random.ts'

/** The Yahoo streaming benchmark's input: which ads exist, what was shown and clicked, and the right answer. */
export interface AdWorld {
  readonly campaigns: readonly string[]
  /** ad → campaign. */
  readonly campaignOf: ReadonlyMap<string, string>
}

export interface AdEvent {
  readonly user_id: string
  readonly page_id: string
  readonly ad_id: string
  readonly ad_type: string
  readonly event_type: string
  /** Milliseconds since 1970, as text. */
  readonly event_time: string
  readonly ip_address: string
}

export const windowMs = 10_000
const firstEventMs = 1_700_000_000_000
const adTypes = ['banner', 'modal', 'sponsored-search', 'mail', 'mobile']
const eventTypes = ['view', 'click', 'purchase']

export function adWorld(campaigns = 100, adsPerCampaign = 10, seed = 1): AdWorld {
  const random = seededRandom(seed)
  const ids = Array.from({ length: campaigns }, () => uuid(random))
  return {
    campaigns: ids,
    campaignOf: new Map(ids.flatMap((campaign) => Array.from({ length: adsPerCampaign }, () => [uuid(random), campaign] as const))),
  }
}

export interface AdEventOptions {
  /** Event time from one event to the next. Default 10 ms, as in the original. */
  readonly everyMs?: number
  readonly seed?: number
}

/** `count` events in the order of their time, every type of event with the same chance. */
export function* adEvents(world: AdWorld, count: number, options: AdEventOptions = {}): Generator<AdEvent> {
  const everyMs = options.everyMs ?? 10
  const random = seededRandom(options.seed ?? 2)
  const users = Array.from({ length: 100 }, () => uuid(random))
  const pages = Array.from({ length: 100 }, () => uuid(random))
  const ads = [...world.campaignOf.keys()]
  for (let n = 0; n < count; n++) {
    yield {
      user_id: pick(random, users),
      page_id: pick(random, pages),
      ad_id: pick(random, ads),
      ad_type: pick(random, adTypes),
      event_type: pick(random, eventTypes),
      event_time: String(firstEventMs + n * everyMs),
      ip_address: '1.2.3.4',
    }
  }
}

/** campaign → start of the window → views in it. */
export type ViewCounts = Map<string, Map<number, number>>

export function countViews(world: AdWorld, events: Iterable<AdEvent>): ViewCounts {
  const counts: ViewCounts = new Map()
  for (const event of events) {
    if (event.event_type !== 'view') continue
    const campaign = world.campaignOf.get(event.ad_id)!
    const time = Number(event.event_time)
    const start = time - (time % windowMs)
    let windows = counts.get(campaign)
    if (windows === undefined) counts.set(campaign, (windows = new Map()))
    windows.set(start, (windows.get(start) ?? 0) + 1)
  }
  return counts
}
