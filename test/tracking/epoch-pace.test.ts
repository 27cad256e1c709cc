import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultPace, EpochPace } from '../../src/tracking/epoch-pace.ts'

describe('the pace of epochs', () => {
  it('is short while nothing waits, and no shorter than four commits', () => {
    const pace = new EpochPace(defaultPace)
    expect(pace.lengthMs(0)).toBe(40)
    pace.committed(1000, 50, 2)
    expect(pace.lengthMs(0)).toBe(40)
    pace.committed(1000, 50, 30)
    expect(pace.lengthMs(0)).toBe(120)
    pace.committed(1000, 50, 500)
    expect(pace.lengthMs(0)).toBe(200)
  })

  it('is long while a long epoch of work waits, and shortens towards the end', () => {
    const pace = new EpochPace(defaultPace)
    pace.committed(100_000, 100, 5)
    expect(pace.lengthMs(10_000_000)).toBe(1000)
    expect(pace.lengthMs(500_000)).toBe(250)
    expect(pace.lengthMs(10)).toBe(40)
  })

  it('is behind while more waits than two epochs of the caught-up could work off', () => {
    const pace = new EpochPace(defaultPace)
    expect(pace.isBehind(0)).toBe(false)
    expect(pace.isBehind(1)).toBe(true)
    pace.committed(100_000, 100, 5)
    expect(pace.isBehind(80_000)).toBe(false)
    expect(pace.isBehind(81_000)).toBe(true)
    pace.committed(100_000, 100, 500)
    expect(pace.isBehind(400_000)).toBe(false)
    expect(pace.isBehind(401_000)).toBe(true)
  })

  it('never leaves its bounds', () => {
    fc.assert(fc.property(fc.nat(), fc.nat(), fc.nat(), fc.nat(), (records, epochMs, commitMs, lag) => {
      const pace = new EpochPace(defaultPace)
      pace.committed(records, epochMs, commitMs)
      expect(pace.lengthMs(lag)).toBeGreaterThanOrEqual(40)
      expect(pace.lengthMs(lag)).toBeLessThanOrEqual(1000)
    }))
  })
})
