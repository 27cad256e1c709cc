import type { Subscriber } from './assignor.ts'
import { partitionName } from './partition-name.ts'

/**
 * As Java's RangeAssignor: of each topic the subscribers, by their names, get one run of partitions
 * after the other, the first ones a partition more where it does not divide evenly.
 */
export function assignRanges(subscribers: readonly Subscriber[], partitionCounts: ReadonlyMap<string, number>): Map<string, string[]> {
  const ordered = inOrder(subscribers)
  const assigned = new Map(ordered.map(({ memberId }) => [memberId, [] as string[]]))
  for (const [topic, count] of partitionCounts) {
    const members = ordered.filter(({ topics }) => topics.includes(topic))
    let partition = 0
    for (const [place, { memberId }] of members.entries()) {
      const end = partition + Math.floor(count / members.length) + (place < count % members.length ? 1 : 0)
      for (; partition < end; partition++) assigned.get(memberId)!.push(partitionName(topic, partition))
    }
  }
  return assigned
}

/** As Java's RoundRobinAssignor: the partitions of all topics, by their names, go by turns to the next subscriber of the topic. */
export function assignByTurns(subscribers: readonly Subscriber[], partitionCounts: ReadonlyMap<string, number>): Map<string, string[]> {
  const ordered = inOrder(subscribers)
  const assigned = new Map(ordered.map(({ memberId }) => [memberId, [] as string[]]))
  let turn = 0
  for (const topic of [...partitionCounts.keys()].sort()) {
    if (!ordered.some(({ topics }) => topics.includes(topic))) continue
    for (let partition = 0; partition < partitionCounts.get(topic)!; partition++) {
      while (!ordered[turn % ordered.length]!.topics.includes(topic)) turn++
      assigned.get(ordered[turn++ % ordered.length]!.memberId)!.push(partitionName(topic, partition))
    }
  }
  return assigned
}

/** Static members by their instance names, then the others by their ids. */
function inOrder(subscribers: readonly Subscriber[]): Subscriber[] {
  const key = ({ instance, memberId }: Subscriber): string => (instance === undefined ? `1${memberId}` : `0${instance}`)
  return [...subscribers].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}
