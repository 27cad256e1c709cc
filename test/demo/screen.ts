/** What the demo shows while it runs. */
export interface DemoView {
  /** Lines read each second since the view before. */
  readonly rate: number
  /** Lines counted, over all runs. */
  readonly lines: number
  /** Lines that wait to be counted. */
  readonly lag: number
  /** Median time of a commit. */
  readonly commitMs: number
  /** Word → count, as they are in Redis. */
  readonly counts: ReadonlyMap<string, number>
}

const shownWords = 12
const barWidth = 40

const number = (value: number): string => Math.round(value).toLocaleString('en-US')

/** The lines of a terminal, none wider than `columns`. */
export function demoLines(view: DemoView, columns: number): string[] {
  const top = [...view.counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, shownWords)
  const largest = top[0]?.[1] ?? 1
  const bar = Math.max(1, Math.min(barWidth, columns - 30))
  const rows = top.map(([word, count]) => `  ${word.slice(0, 12).padEnd(12)} ${number(count).padStart(13)}  ${'█'.repeat(Math.round((count / largest) * bar))}`)
  return ['', `  ${demoLine(view)}`, '', ...rows, ''].map((line) => line.slice(0, columns).trimEnd())
}

/** The same in one line, for output that is no terminal. */
export function demoLine({ rate, lines, lag, commitMs, counts }: DemoView): string {
  let words = 0
  for (const count of counts.values()) words += count
  return `${number(rate)} lines/s · ${number(lines)} lines · ${number(words)} words, ${number(counts.size)} different · lag ${number(lag)} · commit ${commitMs.toFixed(1)} ms`
}
