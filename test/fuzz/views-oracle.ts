import type { StreamedRecord } from './hostile-stream.ts'
import { jsonDepth } from './json-depth.ts'
import { Tally, textOf, type Expected, type Oracle } from './oracle.ts'

/** JSON nested deeper is refused by a spout that reads JSON. */
const mostDepth = 1_000

export class ViewsOracle implements Oracle {
  readonly skipped = new Tally()
  readonly #maxRecordBytes: number
  readonly #bySpout: boolean
  readonly #pages = new Tally()
  readonly #visitors = new Tally()
  readonly #times = new Tally()
  readonly #latest = new Map<string, number>()

  readonly #whole: boolean

  /** `bySpout`: JSON is read by the spout, not by a bolt. `whole`: nothing is counted of a record of which anything fails. */
  constructor(maxRecordBytes: number, bySpout: boolean, whole = false) {
    this.#maxRecordBytes = maxRecordBytes
    this.#bySpout = bySpout
    this.#whole = whole
  }

  take(record: StreamedRecord): boolean {
    const text = textOf(record, this.#maxRecordBytes)
    if (text === undefined) return this.skipped.refuse('records')
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      return this.skipped.refuse(this.#bySpout ? 'records' : 'read')
    }
    if (this.#bySpout && jsonDepth(text) > mostDepth) return this.skipped.refuse('records')
    const members = new Map(typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [])
    const page: unknown = members.get('page')
    const visitor: unknown = members.get('visitor')
    const at: unknown = members.get('at')
    if (typeof page !== 'string' || typeof visitor !== 'string' || typeof at !== 'number') return this.skipped.refuse('read')
    // A lone surrogate has no UTF-8, an infinite number no notation: no result can be named by them.
    const written = page.isWellFormed()
    const finite = Number.isFinite(at)
    const good = written && finite && visitor.isWellFormed()
    if (this.#whole && !good) return false
    if (written) this.#pages.add(page)
    else this.skipped.add('pages')
    if (visitor.isWellFormed()) this.#visitors.add(visitor)
    else this.skipped.add('visitors')
    if (finite) this.#times.add(String(at))
    else this.skipped.add('times')
    if (written && finite) this.#latest.set(page, Math.max(at, this.#latest.get(page) ?? at))
    else this.skipped.add('latest')
    return good
  }

  expected(): Expected {
    const expected: Expected = new Map()
    for (const [key, tally] of [['pages', this.#pages], ['visitors', this.#visitors], ['times', this.#times]] as const) if (tally.size > 0) expected.set(key, tally.asHash())
    if (this.#latest.size > 0) expected.set('latest', { hash: new Map(Array.from(this.#latest, ([page, number]) => [page, { number }])) })
    return expected
  }
}
