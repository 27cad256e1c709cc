import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TokenBucket } from '../../src/tracking/token-bucket.ts'

describe('a token bucket', () => {
  it('lets through no more than its rate and one burst, however it is asked', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1e6 }), fc.array(fc.nat({ max: 500 })), (rate, pauses) => {
      const bucket = new TokenBucket(rate, 0)
      let now = 0
      let through = 0
      for (const pause of pauses) {
        now += pause
        const may = bucket.available(now)
        bucket.spend(may)
        through += may
        expect(through).toBeLessThanOrEqual(rate * (now + 100) / 1000 + 1)
      }
    }))
  })

  it('lets through its whole rate to one who waits as long as it says', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1e6 }), (rate) => {
      const bucket = new TokenBucket(rate, 0)
      let now = 0
      let through = 0
      while (now < 10_000) {
        const may = bucket.available(now)
        expect(may).toBeGreaterThan(0)
        bucket.spend(may)
        through += may
        now += bucket.waitMs
      }
      expect(through).toBeGreaterThanOrEqual(rate * 10 - rate / 5 - 1)
    }))
  })
})
