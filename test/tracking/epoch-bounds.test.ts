import { expect, it } from 'vitest'
import { isFull } from '../../src/tracking/epoch-bounds.ts'

it('calls an epoch full at each of its bounds', () => {
  const bounds = { records: 100, cells: 10, bytes: 1_000 }
  expect(isFull(bounds, 99, 9, 999)).toBe(false)
  expect(isFull(bounds, 100, 0, 0)).toBe(true)
  expect(isFull(bounds, 1, 10, 0)).toBe(true)
  expect(isFull(bounds, 1, 0, 1_000)).toBe(true)
})
