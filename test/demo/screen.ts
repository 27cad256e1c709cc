/** What the demo shows while it runs. */
export interface DemoView {
  /** Lines counted each second since the view before. */
  readonly rate: number
  /** Lines counted, over all runs. */
  readonly lines: number
  /** Lines that wait to be counted. */
  readonly lag: number
  /** Median time of a commit. */
  readonly commitMs: number
  /** Word → count, as they are in Redis. */
  readonly counts: ReadonlyMap<string, number>
  /** Nothing is fed any more. */
  readonly draining: boolean
}

const shownWords = 12
const barWidth = 40

const number = (value: number): string => Math.round(value).toLocaleString('en-US')

/** The lines of a terminal, none wider than `columns`. */
export function demoLines(view: DemoView, columns: number): string[] {
  const top = [...view.counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, shownWords)
  const largest = top[0]?.[1] ?? 1
  const bar = Math.max(1, Math.min(barWidth, columns - 32))
  const rows = top.map(([word, count]) => `  ${word.slice(0, 12).padEnd(12)} ${number(count).padStart(13)}  ${'█'.repeat(Math.round((count / largest) * bar))}`)
  const status = view.draining ? ['', '  draining; then every count is compared with a recount of the book'] : []
  return ['', `  ${demoLine(view, columns - 2)}`, '', ...rows, ...status, ''].map((line) => line.slice(0, Math.max(0, columns)).trimEnd())
}

/** The same in one line; what does not fit into `columns` is left out as a whole, the least important first. */
export function demoLine({ rate, lines, lag, commitMs, counts }: DemoView, columns: number): string {
  let words = 0
  for (const count of counts.values()) words += count
  const parts = [`${number(rate)} lines/s`, `${number(words)} words`, `lag ${number(lag)}`, `commit ${commitMs.toFixed(1)} ms`, `${number(lines)} lines`, `${number(counts.size)} different`]
  let line = parts[0]!
  for (const part of parts.slice(1)) {
    if (line.length + 3 + part.length > columns) break
    line += ` · ${part}`
  }
  return line
}
