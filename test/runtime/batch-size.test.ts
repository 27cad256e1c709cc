import { describe, expect, it } from 'vitest'
import { BatchSize } from '../../src/runtime/batch-size.ts'

describe('the size of a batch', () => {
  it('grows while batches of that size are quick, up to a bound', () => {
    const size = new BatchSize()
    size.took(64, 0.1)
    expect(size.rows).toBe(128)
    size.took(127, 0.1)
    expect(size.rows).toBe(128)
    for (let i = 0; i < 20; i++) size.took(size.rows, 0.1)
    expect(size.rows).toBe(1024)
  })

  it('shrinks while they are slow, down to one row', () => {
    const size = new BatchSize()
    size.took(3, 5)
    expect(size.rows).toBe(32)
    size.took(32, 0.7)
    expect(size.rows).toBe(32)
    for (let i = 0; i < 20; i++) size.took(size.rows, 5)
    expect(size.rows).toBe(1)
  })
})
