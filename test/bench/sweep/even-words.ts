import { below, seededRandom } from '../../support/data/random.ts'

const wordBytes = 5

/** What the texts of a sweep look like. */
export interface TextShape {
  readonly records: number
  readonly wordsPerRecord: number
  /** Different words there can be, at most 60,000,000. */
  readonly words: number
}

/** Bytes of one text: its words and the spaces between them. */
export function textBytes({ wordsPerRecord }: TextShape): number {
  return wordsPerRecord * (wordBytes + 1) - 1
}

/** The same texts each time; all words are as frequent, the hardest case for tables and stores. */
export function* evenTexts({ records, wordsPerRecord, words }: TextShape): Generator<string> {
  const random = seededRandom(1)
  for (let n = 0; n < records; n++) {
    let text = wordOf(below(random, words))
    for (let i = 1; i < wordsPerRecord; i++) text += ` ${wordOf(below(random, words))}`
    yield text
  }
}

/** How often each word is in `evenTexts`, by its number: a Map of 10,000,000 words would fill the memory. */
export function evenCounts({ records, wordsPerRecord, words }: TextShape): Uint32Array {
  const counts = new Uint32Array(words)
  const random = seededRandom(1)
  for (let n = 0; n < records * wordsPerRecord; n++) counts[below(random, words)]!++
  return counts
}

function wordOf(number: number): string {
  return number.toString(36).padStart(wordBytes, '0')
}

/** Undefined for what is no word. */
export function numberOf(word: string): number | undefined {
  const number = Number.parseInt(word, 36)
  return wordOf(number) === word ? number : undefined
}
