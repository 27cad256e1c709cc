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

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs, call, keepAlive = true) {
    const timer = setTimeout(call, delayMs)
    if (!keepAlive) timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
}

export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(delayMs, resolve)
  })
}
