import { AdsOracle } from './ads-oracle.ts'
import type { Oracle } from './oracle.ts'
import { ViewsOracle } from './views-oracle.ts'
import { WordsOracle } from './words-oracle.ts'

/** Key and value of the largest record that is read. */
export const maxRecordBytes = 16_384

/** Reference data: ads with awkward names among them. */
export const campaignOf: ReadonlyMap<string, string> = new Map([...Array.from({ length: 40 }, (_, ad) => `ad-${ad}`), '__proto__', 'constructor', 'caf\u00e9', '\ufffd', '\u{1f40b}'].map((ad, i) => [ad, `campaign-${i % 7}`]))

export interface FuzzJob {
  /** File in `topologies`. */
  readonly name: string
  makeOracle(): Oracle
}

/** Jobs of one subject must agree on every record, whatever they are made of. */
export const fuzzJobs: readonly FuzzJob[] = [
  { name: 'words', makeOracle: () => new WordsOracle(maxRecordBytes) },
  { name: 'words-bolts', makeOracle: () => new WordsOracle(maxRecordBytes) },
  { name: 'views-json', makeOracle: () => new ViewsOracle(maxRecordBytes, true) },
  { name: 'views-text', makeOracle: () => new ViewsOracle(maxRecordBytes, false) },
  { name: 'views-bolts', makeOracle: () => new ViewsOracle(maxRecordBytes, false) },
  { name: 'ads', makeOracle: () => new AdsOracle(maxRecordBytes, campaignOf) },
  { name: 'ads-bolts', makeOracle: () => new AdsOracle(maxRecordBytes, campaignOf) },
]
