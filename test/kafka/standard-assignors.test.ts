import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Assignor, Subscriber } from '../../src/kafka/assignor.ts'
import { assignByTurns, assignRanges } from '../../src/kafka/standard-assignors.ts'

function member(memberId: string, topics: readonly string[], instance?: string): Subscriber {
  return { memberId, instance, topics, owned: [], generation: -1 }
}

describe('ranges', () => {
  test('are runs of each topic by the order of the members, the first a partition longer', () => {
    const counts = new Map([['lines', 5], ['words', 2], ['others', 1]])
    expect(assignRanges([member('b', ['lines', 'words']), member('a', ['lines'])], counts)).toEqual(new Map([
      ['a', ['lines/0', 'lines/1', 'lines/2']],
      ['b', ['lines/3', 'lines/4', 'words/0', 'words/1']],
    ]))
  })

  test('put static members first, by their instance names', () => {
    expect([...assignRanges([member('a', ['lines']), member('z', ['lines'], 'host-1'), member('b', ['lines'], 'host-2')], new Map([['lines', 3]]))].map(([id, partitions]) => `${id} ${partitions}`))
      .toEqual(['z lines/0', 'b lines/1', 'a lines/2'])
  })
})

describe('turns', () => {
  test('go on from topic to topic, past members that do not want it', () => {
    const counts = new Map([['words', 2], ['lines', 3]])
    expect(assignByTurns([member('a', ['lines', 'words']), member('b', ['lines', 'words']), member('c', ['words'])], counts)).toEqual(new Map([
      ['a', ['lines/0', 'lines/2']],
      ['b', ['lines/1', 'words/0']],
      ['c', ['words/1']],
    ]))
  })
})

describe.each<[string, Assignor]>([['ranges', assignRanges], ['turns', assignByTurns]])('%s', (_, assign) => {
  test('give every partition to exactly one subscriber of its topic, and do not depend on the order they are named in', () => {
    const names = ['lines', 'words', 'pages']
    const members = fc.uniqueArray(fc.record({ memberId: fc.string({ minLength: 1, maxLength: 3 }), topics: fc.subarray(names) }), { selector: ({ memberId }) => memberId, minLength: 1, maxLength: 6 })
      .map((all) => all.map(({ memberId, topics }) => member(memberId, topics)))
    fc.assert(fc.property(members, fc.array(fc.nat(7), { minLength: 3, maxLength: 3 }), (subscribers, sizes) => {
      const counts = new Map(names.map((name, index) => [name, sizes[index]!]))
      const assigned = assign(subscribers, counts)
      expect(new Set(assigned.keys())).toEqual(new Set(subscribers.map(({ memberId }) => memberId)))
      for (const { memberId, topics } of subscribers) for (const partition of assigned.get(memberId)!) expect(topics).toContain(partition.split('/')[0])
      const wanted = names.filter((name) => subscribers.some(({ topics }) => topics.includes(name)))
      expect([...assigned.values()].flat().sort()).toEqual(wanted.flatMap((name) => Array.from({ length: counts.get(name)! }, (_, i) => `${name}/${i}`)).sort())
      expect(assign([...subscribers].reverse(), new Map([...counts].reverse()))).toSatisfy((other: Map<string, string[]>) =>
        [...assigned].every(([id, partitions]) => [...partitions].sort().join() === [...other.get(id)!].sort().join()))
    }))
  })
})
