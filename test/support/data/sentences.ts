import { below, seededRandom } from './random.ts'
import type { Random } from './random.ts'

const vocabulary = 10_000
const wordsPerSentence = 10
const tableSize = 2 ** 20

/** `count` sentences of ten words, drawn by Zipf's law (exponent 1) from 10,000 words; about 60 bytes each. */
export function* sentences(count: number, seed = 1): Generator<string> {
  const random = seededRandom(seed)
  const words = makeWords(random)
  const ranks = zipfTable()
  for (let n = 0; n < count; n++) {
    let sentence = words[ranks[random() % tableSize]!]!
    for (let i = 1; i < wordsPerSentence; i++) sentence += ` ${words[ranks[random() % tableSize]!]!}`
    yield sentence
  }
}

/** Words as counters see them: what stands between single spaces. */
export function countWords(texts: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) {
    for (const word of text.split(' ')) {
      if (word !== '') counts.set(word, (counts.get(word) ?? 0) + 1)
    }
  }
  return counts
}

/** Words that break careless counters: property names, other scripts, long ones, equal-looking ones. */
export const hostileWords: readonly string[] = [
  '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', '数据流', '🐋', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  'x'.repeat(300), 'caf\u00e9', 'cafe\u0301', '\u00e9', 'e\u0301', '0', '-0', '1e3', 'NaN', 'null', 'undefined', 'true', '\u0000', '\u2028', '"', '\\', '{}', '*', '\u202e', 'ﬀ', 'İ', 'ß',
]

/** Sentences with hostile words among them. */
export function* hostileSentences(count: number, seed = 1): Generator<string> {
  const random = seededRandom(seed)
  for (const sentence of sentences(count, seed + 1)) {
    const words = sentence.split(' ')
    words[below(random, words.length)] = hostileWords[below(random, hostileWords.length)]!
    yield words.join(' ')
  }
}

function makeWords(random: Random): string[] {
  const words = new Set<string>()
  while (words.size < vocabulary) {
    // frequent words are the shorter ones, as in any language
    const length = words.size < vocabulary / 2 ? 5 : 6
    words.add(Array.from({ length }, () => String.fromCharCode(97 + below(random, 26))).join(''))
  }
  return [...words]
}

/** Each rank as often as its share of the table. */
function zipfTable(): Uint16Array {
  let total = 0
  for (let rank = 1; rank <= vocabulary; rank++) total += 1 / rank
  const table = new Uint16Array(tableSize)
  let sum = 0
  let filled = 0
  for (let rank = 1; rank <= vocabulary; rank++) {
    sum += 1 / rank
    const until = Math.round((sum / total) * tableSize)
    table.fill(rank - 1, filled, until)
    filled = until
  }
  return table
}
