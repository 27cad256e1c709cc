import { hashEnd, hashSeed, hashWord } from '../base/hash.ts'
import { headBytes, NameTable, slotMask, spread, tagOf, type Texts, type Uncut } from '../base/name-table.ts'

const fewestSums = 256
// Names of this module: V8 looks imported ones up at every use, which is a tenth of the time of counting.
const endOfHash = hashEnd
const beginOfHash = hashSeed
const stepOfHash = hashWord
const head = headBytes
const slotOf = spread
const tagFor = tagOf

/** Sums by group and name, for the counters of one epoch. Whoever adds looks after the bounds of its numbers. */
export class CounterTable extends NameTable {
  /** By entry; a new entry's is 0. Another array after an entry was added. */
  sums = new Float64Array(fewestSums)
  /** Where `#countPieces` stopped: at a piece that has no entry, or at a text to be cut by others (its start is -1). */
  #start = -1
  #end = 0
  #hash = 0
  #pieces = 0

  override add(group: number, name: string): number {
    return this.#withSum(super.add(group, name))
  }

  override addText(group: number, texts: Texts, row: number): number {
    return this.#withSum(super.addText(group, texts, row))
  }

  override clear(): void {
    this.sums.fill(0, 0, this.size)
    super.clear()
  }

  /** Adds 1 to the sum of each text. */
  countEach(group: number, texts: Texts): void {
    if (texts.uncut !== undefined) return this.#cutAndCount(group, texts.uncut)
    for (let row = this.#countKnown(group, texts, 0); row < texts.rows; row = this.#countKnown(group, texts, row + 1)) {
      // In a step of its own: it may replace the sums.
      const entry = this.addText(group, texts, row)
      this.sums[entry] = 1
    }
  }

  /** From a row on, until one comes whose text has no entry: answers that row. */
  #countKnown(group: number, { ends, hashes, highs, lows, rows, starts, view }: Texts, from: number): number {
    const { slots, sums } = this
    const mask = slotMask(slots)
    for (let row = from; row < rows; row++) {
      const length = ends[row]! - starts[row]!
      const low = lows[row]!
      const high = highs[row]!
      const tag = tagFor(group, length)
      let at = (slotOf(hashes[row]!, group) << 2) & mask
      while (slots[at] !== low || slots[at + 1] !== high || slots[at + 2] !== tag || (length > head && !this.restIs(slots[at + 3]!, view, starts[row]!, length))) {
        if (slots[at + 2] === 0) return row
        at = (at + 4) & mask
      }
      sums[slots[at + 3]!]!++
    }
    return rows
  }

  #cutAndCount(group: number, uncut: Uncut): void {
    const { separator, texts } = uncut
    const { rows, starts, view } = texts
    this.#pieces = 0
    for (let row = 0, start = starts[0]!; row < rows;) {
      row = this.#countPieces(group, separator, texts, row, start)
      if (row === rows) break
      if (this.#start >= 0) {
        const entry = this.#withSum(this.addBytes(group, view, this.#start, this.#end, this.#hash))
        this.sums[entry] = 1
        this.#pieces++
        start = this.#end
      } else {
        const pieces = uncut.cut(row)
        this.countEach(group, pieces)
        this.#pieces += pieces.rows
        start = starts[++row]!
      }
    }
    uncut.counted(this.#pieces)
  }

  /**
   * Pieces are found and counted in one pass, four bytes at a time: the probes of one run while the
   * next is looked for. From `first` in a row on; answers the row it stopped in, or how many there are.
   * It reads up to four bytes beyond a text. The first byte equal to the separator is found as in "Hacker's Delight", 6-1.
   */
  #countPieces(group: number, separator: number, { ends, rows, starts, view }: Uncut['texts'], from: number, first: number): number {
    const { slots, sums } = this
    const mask = slotMask(slots)
    const pattern = Math.imul(separator, 0x01010101)
    const readable = view.byteLength - 4
    let count = 0
    let start = first
    for (let row = from; row < rows; start = starts[++row]!) {
      const end = ends[row]!
      if (end > readable) {
        this.#start = -1
        this.#pieces += count
        return row
      }
      while (start < end) {
        let low = view.getInt32(start, true)
        let high = 0
        let word = low
        let hash = beginOfHash
        let at = start
        let difference = low ^ pattern
        let zeros = (difference - 0x01010101) & ~difference & 0x80808080
        if (zeros === 0 && start + 4 <= end) {
          hash = stepOfHash(hash, low)
          at += 4
          high = word = view.getInt32(at, true)
          difference = word ^ pattern
          zeros = (difference - 0x01010101) & ~difference & 0x80808080
          while (zeros === 0 && at + 4 <= end) {
            hash = stepOfHash(hash, word)
            at += 4
            word = view.getInt32(at, true)
            difference = word ^ pattern
            zeros = (difference - 0x01010101) & ~difference & 0x80808080
          }
        }
        let rest = (31 - Math.clz32(zeros & -zeros)) >> 3
        if (zeros === 0 || at + rest > end) rest = end - at
        word &= (1 << (rest << 3)) - 1
        if (at === start) low = word
        else if (at === start + 4) high = word
        at += rest
        const length = at - start
        if (length > 0) {
          hash = endOfHash(hash, word, length)
          const tag = tagFor(group, length)
          let slot = (slotOf(hash, group) << 2) & mask
          while (slots[slot] !== low || slots[slot + 1] !== high || slots[slot + 2] !== tag || (length > head && !this.restIs(slots[slot + 3]!, view, start, length))) {
            if (slots[slot + 2] === 0) {
              this.#start = start
              this.#end = at
              this.#hash = hash
              this.#pieces += count
              return row
            }
            slot = (slot + 4) & mask
          }
          sums[slots[slot + 3]!]!++
          count++
        }
        start = at + 1
      }
    }
    this.#pieces += count
    return rows
  }

  #withSum(entry: number): number {
    if (entry >= this.sums.length) {
      const sums = new Float64Array(2 * this.sums.length)
      sums.set(this.sums)
      this.sums = sums
    }
    return entry
  }
}
