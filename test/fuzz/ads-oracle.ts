import type { StreamedRecord } from './hostile-stream.ts'
import { anything, Tally, textOf, type Expected, type Oracle } from './oracle.ts'

const windowMs = 10_000

export class AdsOracle implements Oracle {
  readonly skipped = new Tally()
  readonly #maxRecordBytes: number
  readonly #campaignOf: ReadonlyMap<string, string>
  /** campaign → start → views. */
  readonly #windows = new Map<string, Map<number, number>>()

  constructor(maxRecordBytes: number, campaignOf: ReadonlyMap<string, string>) {
    this.#maxRecordBytes = maxRecordBytes
    this.#campaignOf = campaignOf
  }

  take(record: StreamedRecord): boolean {
    const text = textOf(record, this.#maxRecordBytes)
    if (text === undefined) return this.skipped.refuse('records')
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      return this.skipped.refuse('read')
    }
    const members = new Map(typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [])
    const [ad, type, time] = ['ad_id', 'event_type', 'event_time'].map((name) => members.get(name) as unknown)
    if (typeof ad !== 'string' || typeof type !== 'string' || typeof time !== 'string') return this.skipped.refuse('read')
    if (type !== 'view') return true
    const campaign = this.#campaignOf.get(ad)
    if (campaign === undefined) return this.skipped.refuse('join')
    if (!/^-?[0-9]{1,15}$/.test(time)) return this.skipped.refuse('windows')
    const start = Math.floor(Number(time) / windowMs) * windowMs
    let windows = this.#windows.get(campaign)
    if (windows === undefined) this.#windows.set(campaign, (windows = new Map()))
    windows.set(start, (windows.get(start) ?? 0) + 1)
    return true
  }

  expected(): Expected {
    const expected: Expected = new Map()
    for (const [campaign, windows] of this.#windows) {
      const starts = [...windows.keys()].map(String)
      expected.set(campaign, { hash: new Map([['windows', `${campaign}:windows`], ...starts.map((start) => [start, `${campaign}:${start}`] as const)]) })
      expected.set(`${campaign}:windows`, { list: new Set(starts) })
      for (const [start, count] of windows) expected.set(`${campaign}:${start}`, { hash: new Map<string, string | typeof anything>([['seen_count', String(count)], ['time_updated', anything]]) })
    }
    return expected
  }
}
