import { describe, expect, it } from 'vitest'
import { CommitBudget } from '../../src/tracking/commit-budget.ts'

describe('the budget of a commit', () => {
  it('comes to what the store does in the time it may stand still', () => {
    const budget = new CommitBudget(10)
    for (let i = 0; i < 100; i++) budget.committed(8_000, 8)
    expect(budget.cells).toBeCloseTo(10_000, -2)
    for (let i = 0; i < 100; i++) budget.committed(2_000, 5)
    expect(budget.cells).toBeCloseTo(4_000, -2)
  })

  it('is hardly moved by one commit that was held up', () => {
    const budget = new CommitBudget(10)
    for (let i = 0; i < 100; i++) budget.committed(8_000, 8)
    budget.committed(8_000, 30_000)
    expect(budget.cells).toBeGreaterThan(7_900)
  })

  it('learns nothing from commits that are all way and no work', () => {
    const budget = new CommitBudget(10)
    const before = budget.cells
    for (let i = 0; i < 100; i++) budget.committed(10, 1)
    expect(budget.cells).toBe(before)
  })

  it('never becomes too small for the work that each commit costs anyway', () => {
    const budget = new CommitBudget(10)
    for (let i = 0; i < 100; i++) budget.committed(3_000, 60_000)
    expect(budget.cells).toBe(2_000)
  })
})
