/** What the demo shows of the counts in Redis. */
export interface DemoView {
  readonly sentences: number
  readonly counts: ReadonlyMap<string, number>
  /** Words to show besides the most frequent ones. */
  readonly watched: readonly string[]
}

const shownWords = 10
const barWidth = 30

export function demoLines(view: DemoView): string[] {
  const total = [...view.counts.values()].reduce((sum, count) => sum + count, 0)
  const sorted = [...view.counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  const top = sorted.slice(0, shownWords)
  const watched = view.watched.filter((word) => !top.some(([shown]) => shown === word)).map((word) => [word, view.counts.get(word) ?? 0] as const)
  const largest = top[0]?.[1] ?? 1
  const row = ([word, count]: readonly [string, number]): string => `  ${word.padEnd(10)} ${count.toLocaleString('en-US').padStart(9)}  ${'█'.repeat(Math.round((count / largest) * barWidth))}`.trimEnd()
  return [
    `${view.sentences.toLocaleString('en-US')} sentences sent, ${total.toLocaleString('en-US')} words of ${view.counts.size.toLocaleString('en-US')} different ones counted`,
    '',
    ...top.map(row),
    '',
    ...watched.map(row),
  ]
}

/** One line of the same, for output that is no terminal. */
export function demoLine(view: DemoView): string {
  const [head] = demoLines(view)
  return `${head}; ${view.watched.map((word) => `${word} ${view.counts.get(word) ?? 0}`).join(', ')}`
}
