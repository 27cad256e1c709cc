import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { topologicalOrder, type Node } from '../../src/topology/topological-order.ts'

/** Nodes that come after earlier ones only, shuffled. */
const acyclic = fc.array(fc.array(fc.nat(20), { maxLength: 4 }), { maxLength: 20 })
  .map((links) => links.map((after, n): Node => ({ id: `n${n}`, after: after.filter((other) => other < n).map((other) => `n${other}`) })))
  .chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length, maxLength: nodes.length }))

test('every node comes after those it must, each once', () => {
  fc.assert(fc.property(acyclic, (nodes) => {
    const { order, cycle } = topologicalOrder(nodes)
    expect(cycle).toBeUndefined()
    expect(new Set(order)).toEqual(new Set(nodes))
    expect(order).toHaveLength(nodes.length)
    for (const [at, { after }] of order.entries()) {
      for (const id of after) expect(order.slice(0, at).map((node) => node.id)).toContain(id)
    }
  }))
})

test('an order that is right already stays', () => {
  fc.assert(fc.property(acyclic, (nodes) => {
    const { order } = topologicalOrder(nodes)
    expect(topologicalOrder(order).order).toEqual(order)
  }))
})

test('a cycle is named, from one node back to it', () => {
  expect(topologicalOrder([{ id: 'a', after: ['c'] }, { id: 'b', after: ['a'] }, { id: 'c', after: ['b', 'x'] }]).cycle).toEqual(['a', 'c', 'b', 'a'])
  expect(topologicalOrder([{ id: 'a', after: [] }, { id: 'b', after: ['a', 'b'] }]).cycle).toEqual(['b', 'b'])
})
