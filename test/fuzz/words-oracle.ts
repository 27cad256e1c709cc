import type { StreamedRecord } from './hostile-stream.ts'
import { Tally, textOf, type Expected, type Oracle } from './oracle.ts'

export class WordsOracle implements Oracle {
  readonly skipped = new Tally()
  readonly #maxRecordBytes: number
  readonly #words = new Tally()

  constructor(maxRecordBytes: number) {
    this.#maxRecordBytes = maxRecordBytes
  }

  take(record: StreamedRecord): boolean {
    const text = textOf(record, this.#maxRecordBytes)
    if (text === undefined) return this.skipped.refuse('records')
    for (const word of text.split(' ')) if (word !== '') this.#words.add(word)
    return true
  }

  expected(): Expected {
    return new Map(this.#words.size === 0 ? [] : [['words', this.#words.asHash()]])
  }
}
