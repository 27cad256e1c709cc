import { describe, expect, it } from 'vitest'
import { DeadLetterBreaker } from '../../src/tracking/dead-letter-breaker.ts'

describe('the breaker for dead letters', () => {
  it('lets some poison pass', () => {
    const breaker = new DeadLetterBreaker({ perMinute: 1000, share: 0.1 })
    for (let second = 0; second < 600; second++) expect(breaker.add(second * 1000, 1000, 10)).toBeUndefined()
  })

  it('trips when more come within a minute than may, and forgets them afterwards', () => {
    const breaker = new DeadLetterBreaker({ perMinute: 50, share: 1 })
    expect(breaker.add(0, 1000, 50)).toBeUndefined()
    expect(breaker.add(59_999, 1000, 1)).toContain('51 records')
    expect(breaker.add(60_000, 1000, 49)).toBeUndefined()
  })

  it('trips on their share only when there are enough of them to tell', () => {
    const breaker = new DeadLetterBreaker({ perMinute: 10_000, share: 0.1 })
    expect(breaker.add(0, 99, 99)).toBeUndefined()
    expect(breaker.add(1, 1, 1)).toContain('100 of 100')
    expect(new DeadLetterBreaker({ perMinute: 10_000, share: 0.1 }).add(0, 1000, 100)).toBeUndefined()
  })

  it('says nothing of epochs without any', () => {
    const breaker = new DeadLetterBreaker({ perMinute: 0, share: 0 })
    expect(breaker.add(0, 1000, 1)).toBeDefined()
    expect(breaker.add(1, 1000, 0)).toBeUndefined()
  })
})
