import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'

describe('a timer of the system clock', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const day = 86_400_000

  it.each([1, 5, 30 * day, 60 * day])('runs out once, after %s ms and not before', (delayMs) => {
    let calls = 0
    systemClock.setTimer(delayMs, () => calls++)
    vi.advanceTimersByTime(delayMs - 1)
    expect(calls).toBe(0)
    vi.advanceTimersByTime(1)
    expect(calls).toBe(1)
    vi.advanceTimersByTime(100 * day)
    expect(calls).toBe(1)
  })

  it('of any length can be cancelled at any time', () => {
    const timer = systemClock.setTimer(Number.MAX_SAFE_INTEGER, () => expect.unreachable())
    vi.advanceTimersByTime(40 * day)
    timer.cancel()
    expect(vi.getTimerCount()).toBe(0)
  })
})
