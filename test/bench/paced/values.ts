import { countWords, sentences } from '../../support/data/sentences.ts'

/** So many different values, again and again: making them anew would cost more than sending them. A multiple of the number of partitions. */
const distinct = 65_536

/** The first word of every record names its partition: its count says how many records of it have been counted. */
export function partitionWord(partition: number): string {
  return `partition-${partition}`
}

/** Goes into each partition once before the load, to see that somebody reads there. */
export const probe = 'probe'

/** The value of record `n` is the one at `n % length`: ten words, as those of `sentences`. */
export function pacedValues(partitions: number): string[] {
  return Array.from(sentences(distinct), (sentence, n) => `${partitionWord(n % partitions)}${sentence.slice(sentence.indexOf(' '))}`)
}

/** The right counts after so many records, and the probes. */
export function pacedCounts(partitions: number, records: number): Map<string, number> {
  const values = pacedValues(partitions)
  const rounds = Math.floor(records / distinct)
  const counts = countWords(values.slice(0, records % distinct)).set(probe, partitions)
  if (rounds === 0) return counts
  for (const [word, count] of countWords(values)) counts.set(word, (counts.get(word) ?? 0) + rounds * count)
  return counts
}
