import type { Screen } from '../../src/cli/reporter.ts'

/** As much of a terminal as the live table uses: lines, wrapping, scrolling, cursor up, erasing. */
export class TerminalModel implements Screen {
  readonly columns: number
  readonly rows: number
  #lines: string[] = ['']
  #row = 0
  #column = 0

  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
  }

  write(text: string): void {
    for (const [part, , count, command] of text.matchAll(/(\p{Cc}\[(\d*)([AJK]))|[^]/gu)) {
      if (command === 'A') this.#row = Math.max(this.#top(), this.#row - Number(count))
      else if (command === 'J') this.#lines.length = this.#row + 1
      if (command === 'J' || command === 'K') this.#lines[this.#row] = this.#lines[this.#row]!.slice(0, this.#column)
      if (command === undefined) this.#put(part)
    }
  }

  /** All that can be read, also what has scrolled away, without empty lines at the end. */
  lines(): string[] {
    return this.#lines.join('\n').trimEnd().split('\n')
  }

  #top(): number {
    return Math.max(0, this.#lines.length - this.rows)
  }

  #put(character: string): void {
    if (character === '\r') {
      this.#column = 0
      return
    }
    if (character === '\n' || this.#column === this.columns) {
      this.#row++
      this.#column = 0
      if (this.#row === this.#lines.length) this.#lines.push('')
      if (character === '\n') return
    }
    const line = this.#lines[this.#row]!.padEnd(this.#column)
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1)
    this.#column++
  }
}
