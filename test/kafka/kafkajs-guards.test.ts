import RequestQueue from 'kafkajs/src/network/requestQueue/index.js'
import { expect, test, vi } from 'vitest'
import '../../src/kafka/kafkajs-guards.ts'

function queue(pending: readonly unknown[]): { checks: number; queue: RequestQueue } {
  const state = { checks: 0, queue: Object.create(RequestQueue.prototype) as RequestQueue }
  Object.assign(state.queue, { pending, throttledUntil: -1, requestTimeout: 5_000, isConnected: () => true, inflight: new Map(), checkPendingRequests: () => state.checks++ })
  return state
}

test('no timer runs while no request is pending', () => {
  vi.useFakeTimers()
  try {
    const idle = queue([])
    for (let i = 0; i < 100; i++) idle.queue.scheduleCheckPendingRequests()
    expect(vi.getTimerCount()).toBe(0)
    const busy = queue(['request'])
    for (let i = 0; i < 100; i++) busy.queue.scheduleCheckPendingRequests()
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(10)
    expect(busy.checks).toBe(1)
  } finally {
    vi.useRealTimers()
  }
})

test('requests in flight are timed out within a second of their time, and nothing is left after destroy', () => {
  vi.useFakeTimers()
  try {
    const state = queue([])
    const timeoutRequest = vi.fn<() => void>()
    Object.assign(state.queue, { inflight: new Map([[1, { sentAt: Date.now(), requestTimeout: 5_000, timeoutRequest }]]) })
    state.queue.scheduleRequestTimeoutCheck()
    vi.advanceTimersByTime(5_000)
    expect(timeoutRequest).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1_000)
    expect(timeoutRequest).toHaveBeenCalledOnce()
    state.queue.destroy()
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
