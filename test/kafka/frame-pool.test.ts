import { describe, expect, it } from 'vitest'
import { FramePool } from '../../src/kafka/frame-pool.ts'

const large = 3_000_000

describe('a pool of frames', () => {
  it('reads into what was given back, whatever part of it is shown, when a frame has room there', () => {
    const pool = new FramePool()
    const first = pool.take(large)
    pool.give(first.subarray(10, 20))
    const second = pool.take(large - 5_000)
    expect(second).toHaveLength(large - 5_000)
    expect(second.buffer).toBe(first.buffer)
    expect(pool.take(large).buffer).not.toBe(first.buffer)
  })

  it('never lends a buffer to two, though it was given back twice', () => {
    const pool = new FramePool()
    const first = pool.take(large)
    pool.give(first)
    pool.give(first)
    expect(pool.take(large).buffer).toBe(first.buffer)
    expect(pool.take(large).buffer).not.toBe(first.buffer)
  })

  it('takes nothing from elsewhere', () => {
    const pool = new FramePool()
    const foreign = Buffer.allocUnsafeSlow(large)
    pool.give(foreign)
    expect(pool.take(large).buffer).not.toBe(foreign.buffer)
  })

  it('gives a small frame a buffer of its size, however much is free', () => {
    const pool = new FramePool()
    pool.give(pool.take(8_000_000))
    expect(pool.take(100).buffer.byteLength).toBe(100)
    expect(pool.take(100_000).buffer.byteLength).toBeLessThan(8_000_000)
  })

  it('keeps a few free buffers only, those that came last', () => {
    const pool = new FramePool()
    const lent = Array.from({ length: 10 }, () => pool.take(large))
    for (const frame of lent) pool.give(frame)
    const again = Array.from({ length: 10 }, () => pool.take(large).buffer)
    expect(lent.map(({ buffer }) => again.includes(buffer))).toEqual([...Array.from({ length: 7 }, () => false), true, true, true])
  })
})
