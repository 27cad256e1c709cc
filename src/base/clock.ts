/** The only file that reads the time or sets a timer; everything else is handed a clock. */
export interface Clock {
  /** Wall time in ms since 1970. For records and people, never for intervals. */
  now(): number
  /** Milliseconds that never jump. */
  monotonic(): number
  /** Calls once, after `delayMs`. A system timer does not keep the process alive unless `keepAlive`. */
  setTimer(delayMs: number, call: () => void, keepAlive?: boolean): Timer
}

export interface Timer {
  /** May be called any number of times, also after the call. */
  cancel(): void
}

/** A longer timeout of Node's runs out at once. */
const longestTimeoutMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs, call, keepAlive = true) {
    let timer: NodeJS.Timeout
    const wait = (leftMs: number): void => {
      timer = leftMs > longestTimeoutMs ? setTimeout(() => wait(leftMs - longestTimeoutMs), longestTimeoutMs) : setTimeout(call, leftMs)
      if (!keepAlive) timer.unref()
    }
    wait(delayMs)
    return { cancel: () => clearTimeout(timer) }
  },
}

export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(delayMs, resolve)
  })
}

const isoTime = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/

/** Milliseconds since 1970 of `2026-01-31T08:00:00.000+01:00`, or undefined when it is no time. The zone is required: without it the answer would depend on the machine. */
export function parseIsoTime(text: string): number | undefined {
  const date = isoTime.exec(text)?.[1]
  // The 30th of February parses as the 2nd of March.
  if (date === undefined || !isDate(date)) return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}

/** `2026-01-31T08:00:00.000Z` of milliseconds since 1970. */
export function isoTimeText(ms: number): string {
  return new Date(ms).toISOString()
}

function isDate(date: string): boolean {
  const ms = Date.parse(`${date}T00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date)
}
