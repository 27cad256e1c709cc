import { describe, expect, it } from 'vitest'
import { Barrier, type BarrierNode } from '../../src/tracking/barrier.ts'

/** spout (0) → split (1) → count (2); count also hears channel 9 from another worker. */
const nodes: readonly BarrierNode[] = [
  { component: 'spout', spout: true, producers: [], channels: [] },
  { component: 'split', spout: false, producers: [0], channels: [] },
  { component: 'count', spout: false, producers: [1], channels: [9] },
]

function passed(barrier: Barrier, epoch: number): number[] {
  const nodes: number[] = []
  barrier.advance(epoch, (node) => void nodes.push(node))
  return nodes
}

describe('a barrier', () => {
  it('passes from the spouts on, and stops where an input channel has not been marked', () => {
    const barrier = new Barrier(nodes)
    expect(passed(barrier, 0)).toEqual([])
    barrier.cut(0)
    expect(passed(barrier, 0)).toEqual([0, 1])
    expect(barrier.complete(0)).toBe(false)
    barrier.received(9, 0, 3)
    barrier.marker(9, 0, 3)
    expect(passed(barrier, 0)).toEqual([])
    barrier.settle(2, 0, 3)
    expect(passed(barrier, 0)).toEqual([2])
    expect(barrier.complete(0)).toBe(true)
    expect(barrier.complete(0)).toBe(false)
  })

  it('waits for every unsettled tuple, and holds those behind it', () => {
    const barrier = new Barrier(nodes)
    barrier.unsettle(1, 0)
    barrier.cut(0)
    barrier.marker(9, 0, 0)
    expect(passed(barrier, 0)).toEqual([0])
    barrier.settle(1, 0)
    expect(passed(barrier, 0)).toEqual([1, 2])
  })

  it('is held back by what a component hands on while the barrier passes it', () => {
    const barrier = new Barrier(nodes)
    barrier.marker(9, 0, 0)
    barrier.cut(0)
    const order: number[] = []
    barrier.advance(0, (node) => {
      order.push(node)
      if (node !== 1) return
      // it has not handed on anything yet
      expect(passed(barrier, 0)).toEqual([])
      // one is dealt with at once, one waits
      barrier.unsettle(2, 0)
      barrier.unsettle(2, 0)
      barrier.settle(2, 0)
      expect(passed(barrier, 0)).toEqual([])
    })
    expect(order).toEqual([0, 1])
    expect(barrier.complete(0)).toBe(false)
    barrier.settle(2, 0)
    expect(passed(barrier, 0)).toEqual([2])
    expect(barrier.complete(0)).toBe(true)
  })

  it('keeps two open epochs apart', () => {
    const barrier = new Barrier(nodes)
    barrier.unsettle(1, 1)
    barrier.received(9, 1, 5)
    barrier.cut(0)
    barrier.marker(9, 0, 0)
    expect(passed(barrier, 0)).toEqual([0, 1, 2])
    expect(barrier.complete(0)).toBe(true)
    expect(passed(barrier, 1)).toEqual([])
  })

  it('refuses an epoch in which sent and received differ', () => {
    const lost = new Barrier(nodes)
    lost.received(9, 4, 2)
    expect(() => lost.marker(9, 4, 3)).toThrow(/epoch 4, channel 9: 3 tuples were sent, 2 received/)
    const late = new Barrier(nodes)
    late.marker(9, 4, 0)
    expect(() => late.received(9, 4, 1)).toThrow(/after the marker/)
    const twice = new Barrier(nodes)
    twice.marker(9, 4, 0)
    expect(() => twice.marker(9, 4, 0)).toThrow(/channel 9/)
  })
})
