/**
 * What a contestant's process tells the harness: one JSON object a line on its standard output.
 * `first-fetch` comes once; `progress` at least every 50 ms while records flow, with the records read
 * and counted since the start. Times are ms since 1970.
 */
export type ContestantLine =
  | { readonly kind: 'first-fetch'; readonly atMs: number }
  | { readonly kind: 'progress'; readonly records: number; readonly atMs: number }

/** How often our own programs look at their progress. */
export const progressEveryMs = 20

export function say(line: ContestantLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** Tells of progress until the process is killed. `records` answers how many were read and counted so far. */
export function sayProgress(records: () => number): void {
  let said = 0
  setInterval(() => {
    const now = records()
    if (now !== said) say({ kind: 'progress', records: now, atMs: Date.now() })
    said = now
  }, progressEveryMs)
}
