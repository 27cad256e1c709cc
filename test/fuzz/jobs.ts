import { AdsOracle } from './ads-oracle.ts'
import type { Oracle } from './oracle.ts'
import { ViewsOracle } from './views-oracle.ts'
import { WordsOracle } from './words-oracle.ts'

/** Key and value of the largest record that is read. */
export const maxRecordBytes = 16_384

/** Reference data: ads with awkward names among them. */
export const campaignOf: ReadonlyMap<string, string> = new Map([...Array.from({ length: 40 }, (_, ad) => `ad-${ad}`), '__proto__', 'constructor', 'caf\u00e9', '\ufffd', '\u{1f40b}'].map((ad, i) => [ad, `campaign-${i % 7}`]))

export interface FuzzJob {
  readonly name: string
  /** In `topologies`. */
  readonly file: string
  readonly policy: 'skip' | 'dead-letter'
  makeOracle(): Oracle
}

/** Jobs of one subject must agree on every record, whatever they are made of. */
export const fuzzJobs: readonly FuzzJob[] = [
  { name: 'words', file: 'words.ts', policy: 'skip', makeOracle: () => new WordsOracle(maxRecordBytes) },
  { name: 'words-bolts', file: 'words-bolts.ts', policy: 'skip', makeOracle: () => new WordsOracle(maxRecordBytes) },
  { name: 'views-json', file: 'views-json.ts', policy: 'skip', makeOracle: () => new ViewsOracle(maxRecordBytes, true) },
  { name: 'views-text', file: 'views-text.ts', policy: 'skip', makeOracle: () => new ViewsOracle(maxRecordBytes, false) },
  { name: 'views-bolts', file: 'views-bolts.ts', policy: 'skip', makeOracle: () => new ViewsOracle(maxRecordBytes, false) },
  { name: 'ads', file: 'ads.ts', policy: 'skip', makeOracle: () => new AdsOracle(maxRecordBytes, campaignOf) },
  { name: 'ads-bolts', file: 'ads-bolts.ts', policy: 'skip', makeOracle: () => new AdsOracle(maxRecordBytes, campaignOf) },
  { name: 'words-bolts to dead letters', file: 'words-bolts.ts', policy: 'dead-letter', makeOracle: () => new WordsOracle(maxRecordBytes) },
  { name: 'views-text to dead letters', file: 'views-text.ts', policy: 'dead-letter', makeOracle: () => new ViewsOracle(maxRecordBytes, false, true) },
  { name: 'views-bolts to dead letters', file: 'views-bolts.ts', policy: 'dead-letter', makeOracle: () => new ViewsOracle(maxRecordBytes, false, true) },
]
