import { describe, expect, it } from 'vitest'
import { CommitBudget } from '../../src/tracking/commit-budget.ts'

describe('the budget of a commit', () => {
  it('comes to what the store does in the time it may stand still', () => {
    const budget = new CommitBudget()
    for (let i = 0; i < 100; i++) budget.committed(8_000, 8)
    expect(budget.cells(10)).toBeCloseTo(10_000, -2)
    expect(budget.cells(300)).toBeCloseTo(300_000, -4)
    for (let i = 0; i < 100; i++) budget.committed(2_000, 5)
    expect(budget.cells(10)).toBeCloseTo(4_000, -2)
  })

  it('knows a store by its first commits, however slow it is', () => {
    const budget = new CommitBudget()
    for (let i = 0; i < 4; i++) budget.committed(4_000, 100)
    expect(budget.cells(300)).toBeCloseTo(12_000, -1)
  })

  it('is hardly moved by one commit that was held up', () => {
    const budget = new CommitBudget()
    for (let i = 0; i < 100; i++) budget.committed(8_000, 8)
    budget.committed(8_000, 30_000)
    expect(budget.cells(10)).toBeGreaterThan(7_900)
  })

  it('learns nothing from commits that are all way and no work', () => {
    const budget = new CommitBudget()
    const before = budget.cells(10)
    for (let i = 0; i < 100; i++) budget.committed(10, 1)
    expect(budget.cells(10)).toBe(before)
  })

  it('never becomes too small for the work that each commit costs anyway', () => {
    const budget = new CommitBudget()
    for (let i = 0; i < 100; i++) budget.committed(3_000, 60_000)
    expect(budget.cells(10)).toBe(2_000)
  })

  it('outlives a clock that saw no time go by', () => {
    const budget = new CommitBudget()
    for (let i = 0; i < 10; i++) budget.committed(10_000, 0)
    expect(budget.cells(10)).toBeCloseTo(100_000, -2)
    for (let i = 0; i < 100; i++) budget.committed(10_000, 10)
    expect(budget.cells(10)).toBeCloseTo(10_000, -2)
  })
})
