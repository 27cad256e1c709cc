import { describe, expect, test } from 'vitest'
import { blockMeans, slopeOf, verdict } from './regression.ts'

describe('the slope of points', () => {
  test('is exact where they stand on a line, and as uncertain as they are scattered', () => {
    expect(slopeOf([0, 1, 2, 3].map((x) => ({ x, y: 5 + 2 * x })))).toEqual({ perX: 2, bound: 0 })
    // R: confint(lm(c(1, 3, 2, 5, 4) ~ c(1, 2, 3, 4, 5))) gives 0.8 and -0.3023 to 1.9023.
    const { perX, bound } = slopeOf([1, 3, 2, 5, 4].map((y, i) => ({ x: i + 1, y })))
    expect(perX).toBeCloseTo(0.8, 10)
    expect(bound).toBeGreaterThan(1.05)
    expect(bound).toBeLessThan(1.15)
    expect(slopeOf([{ x: 0, y: 1 }, { x: 1, y: 2 }]).bound).toBe(Infinity)
  })

  test('is less certain where neighbours are alike', () => {
    const points = (of: (i: number) => number) => Array.from({ length: 40 }, (_, i) => ({ x: i, y: of(i) }))
    const quick = slopeOf(points((i) => (i % 2 === 0 ? 1 : -1)))
    const slow = slopeOf(points((i) => ((i >> 3) % 2 === 0 ? 1 : -1)))
    expect(slow.bound).toBeGreaterThan(2 * quick.bound)
  })

  test('is judged with its bound', () => {
    expect(verdict({ perX: 0.2, bound: 0.5 }, 1)).toBe('flat')
    expect(verdict({ perX: 3, bound: 1 }, 1)).toBe('grows')
    expect(verdict({ perX: 0.2, bound: 30 }, 1)).toBe('too short to tell')
  })

  test('can be taken of means of neighbours', () => {
    expect(blockMeans([0, 1, 2, 3, 4, 5, 6].map((x) => ({ x, y: 10 * x })), 3)).toEqual([{ x: 0.5, y: 5 }, { x: 2.5, y: 25 }, { x: 4.5, y: 45 }])
  })
})
