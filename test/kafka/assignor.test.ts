import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assignPartitions } from '../../src/kafka/assignor.ts'
import type { Subscriber } from '../../src/kafka/assignor.ts'

const topics = ['a', 'b', 'c']
const counts = fc.record({ a: fc.nat(12), b: fc.nat(12), c: fc.nat(3) }).map((record) => new Map(Object.entries(record)))
const subscription = fc.subarray(topics)
const owned = fc.uniqueArray(fc.tuple(fc.constantFrom(...topics, 'gone'), fc.nat(14)).map(([topic, partition]) => `${topic}/${partition}`))

function group(of: fc.Arbitrary<string[]>): fc.Arbitrary<Subscriber[]> {
  const member = fc.record({ memberId: fc.string({ minLength: 1 }), static: fc.boolean(), topics: of, owned, generation: fc.integer({ min: -1, max: 4 }) })
  return fc.uniqueArray(member, { minLength: 1, maxLength: 7, selector: ({ memberId }) => memberId })
    .map((members) => members.map(({ static: fixed, ...rest }) => ({ ...rest, instance: fixed ? `i-${rest.memberId}` : undefined })))
}

function member(memberId: string, owned: readonly string[] = [], of: readonly string[] = ['a'], generation = 1): Subscriber {
  return { memberId, instance: memberId, topics: of, owned, generation }
}

function ofTopic(partitions: readonly string[], topic: string): string[] {
  return partitions.filter((partition) => partition.startsWith(`${topic}/`))
}

describe('the assignor', () => {
  test('gives every partition of a subscribed topic to exactly one of its subscribers', () => {
    fc.assert(fc.property(group(subscription), counts, (members, partitions) => {
      const assigned = assignPartitions(members, partitions)
      expect([...assigned.keys()].sort()).toEqual(members.map((each) => each.memberId).sort())
      for (const each of members) {
        for (const partition of assigned.get(each.memberId)!) expect(each.topics).toContain(partition.split('/')[0])
      }
      const wanted = [...partitions].filter(([topic]) => members.some((each) => each.topics.includes(topic)))
        .flatMap(([topic, count]) => Array.from({ length: count }, (_, partition) => `${topic}/${partition}`))
      expect([...assigned.values()].flat().sort()).toEqual(wanted.sort())
    }))
  })

  test('keeps subscribers of a topic within one partition of it, and members of the same topics within one in all', () => {
    fc.assert(fc.property(group(subscription), counts, (members, partitions) => {
      const assigned = assignPartitions(members, partitions)
      for (const topic of topics) {
        const sizes = members.filter((each) => each.topics.includes(topic)).map((each) => ofTopic(assigned.get(each.memberId)!, topic).length)
        if (sizes.length > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }
      for (const one of members) {
        for (const other of members) {
          if (one.topics.join() !== other.topics.join()) continue
          expect(Math.abs(assigned.get(one.memberId)!.length - assigned.get(other.memberId)!.length)).toBeLessThanOrEqual(1)
        }
      }
    }))
  })

  test('answers the same whatever order the members come in', () => {
    const shuffled = group(subscription).chain((members) => fc.tuple(fc.constant(members), fc.shuffledSubarray(members, { minLength: members.length })))
    fc.assert(fc.property(shuffled, counts, ([members, other], partitions) => {
      expect(assignPartitions(other, partitions)).toEqual(assignPartitions(members, partitions))
    }))
  })

  test('moves nothing when nothing changed', () => {
    fc.assert(fc.property(group(subscription), counts, (members, partitions) => {
      const first = assignPartitions(members, partitions)
      const again = assignPartitions(members.map((each) => ({ ...each, owned: first.get(each.memberId)!, generation: 9 })), partitions)
      for (const [memberId, before] of first) expect([...again.get(memberId)!].sort()).toEqual([...before].sort())
    }))
  })

  test('moves no more of a topic than balance asks for', () => {
    fc.assert(fc.property(group(fc.constant(['a'])), fc.nat(30), (members, count) => {
      const claimed = new Set<string>()
      const disjoint = members.map((each) => ({
        ...each,
        generation: 1,
        owned: each.owned.filter((partition) => ofTopic([partition], 'a').length === 1 && Number(partition.slice(2)) < count && !claimed.has(partition) && claimed.add(partition)),
      }))
      const assigned = assignPartitions(disjoint, new Map([['a', count]]))
      const kept = disjoint.map((each) => each.owned.filter((partition) => assigned.get(each.memberId)!.includes(partition)).length)
      const floor = Math.floor(count / members.length)
      const most = disjoint.map((each) => each.owned.length).sort((x, y) => y - x)
        .map((size, rank) => Math.min(size, floor + (rank < count % members.length ? 1 : 0)))
      expect(kept.reduce((sum, size) => sum + size, 0)).toBe(most.reduce((sum, size) => sum + size, 0))
    }))
  })

  test('a newcomer takes its share and no other partition moves', () => {
    const assigned = assignPartitions([member('m1', ['a/0', 'a/2', 'a/4']), member('m2', ['a/1', 'a/3', 'a/5']), member('m3')], new Map([['a', 6]]))
    expect(assigned.get('m1')).toEqual(['a/0', 'a/2'])
    expect(assigned.get('m2')).toEqual(['a/1', 'a/3'])
    expect(assigned.get('m3')).toEqual(['a/4', 'a/5'])
  })

  test('what a member names from an older generation does not count', () => {
    const assigned = assignPartitions([member('m1', ['a/0', 'a/1'], ['a'], 3), member('m2', ['a/1', 'a/2'], ['a'], 7), member('m3', [], ['a'], 7)], new Map([['a', 3]]))
    expect(assigned).toEqual(new Map([['m1', ['a/0']], ['m2', ['a/1']], ['m3', ['a/2']]]))
  })

  test('the odd partitions of several topics do not all go to the same member', () => {
    const both = ['a', 'b', 'c']
    const assigned = assignPartitions([member('m1', [], both), member('m2', [], both), member('m3', [], both)], new Map([['a', 1], ['b', 1], ['c', 1]]))
    expect([...assigned.values()].map((partitions) => partitions.length)).toEqual([1, 1, 1])
  })
})
