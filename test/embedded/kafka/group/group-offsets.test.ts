import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { describeGroups } from '../../../../src/wire/api/describe-groups.ts'
import { errorCode } from '../../../../src/wire/api/error-code.ts'
import { heartbeat } from '../../../../src/wire/api/heartbeat.ts'
import { leaveGroup } from '../../../../src/wire/api/leave-group.ts'
import { offsetCommit } from '../../../../src/wire/api/offset-commit.ts'
import { offsetDelete } from '../../../../src/wire/api/offset-delete.ts'
import { offsetFetch } from '../../../../src/wire/api/offset-fetch.ts'
import { CoordinatorPlay } from './coordinator-play.ts'

const dayMs = 86_400_000
const minuteMs = 60_000

let play: CoordinatorPlay
beforeEach(async () => {
  play = await CoordinatorPlay.start()
})
afterEach(() => play.coordinator.close())

const simple = { memberId: '', instanceId: null, generation: -1 }

function inTransaction(producerId: number, offset: number, partition = 0, claim = simple) {
  return play.coordinator.txnOffsetCommit({ groupId: 'g', claim, producerId, topics: [{ name: 't', partitions: [{ partition, offset, leaderEpoch: -1, metadata: null }] }] })
}

describe('committing', () => {
  test('without members needs no group, and shows again what was committed last', async () => {
    await play.commit('g', 5)
    await play.commit('g', 3)
    await play.commit('g', 7, { partition: 1, metadata: 'm' })
    expect(await play.committed('g')).toEqual(['t/0@3', 't/1@7'])
    await play.restart()
    expect(await play.committed('g')).toEqual(['t/0@3', 't/1@7'])
  })

  test('is answered for each partition', async () => {
    const { topics } = await play.ask(offsetCommit, 8, {
      groupId: 'g',
      topics: [
        { name: 'nowhere', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: null }] },
        { name: 't', partitions: [{ partitionIndex: 9, committedOffset: 1, committedMetadata: null }, { partitionIndex: 0, committedOffset: 1, committedMetadata: 'x'.repeat(4097) }, { partitionIndex: 1, committedOffset: 1, committedMetadata: 'x'.repeat(4096) }] },
      ],
    })
    expect(topics.map(({ name, partitions }) => [name, ...partitions.map((each) => each.errorCode)])).toEqual([
      ['nowhere', errorCode.UNKNOWN_TOPIC_OR_PARTITION],
      ['t', errorCode.UNKNOWN_TOPIC_OR_PARTITION, errorCode.OFFSET_METADATA_TOO_LARGE, 0],
    ])
    expect(await play.committed('g')).toEqual(['t/1@1'])
  })

  test('in a group with members is for them, in their generation', async () => {
    const memberId = await play.member('g')
    expect(await play.commit('g', 1, { memberId, generation: 1 })).toBe(0)
    expect(await play.commit('g', 2, { memberId, generation: 2 })).toBe(errorCode.ILLEGAL_GENERATION)
    expect(await play.commit('g', 2)).toBe(errorCode.UNKNOWN_MEMBER_ID)
    expect(await play.commit('unheard-of', 2, { memberId, generation: 1 })).toBe(errorCode.ILLEGAL_GENERATION)
    expect(await play.committed('g')).toEqual(['t/0@1'])
  })

  test('while the group rebalances is possible in the old generation until the new one begins', async () => {
    const memberId = await play.member('g')
    const newcomer = play.join('g', {}, 3)
    await play.pass(0)
    expect(await play.ask(heartbeat, 3, { groupId: 'g', memberId, generationId: 1 })).toMatchObject({ errorCode: errorCode.REBALANCE_IN_PROGRESS })
    expect(await play.commit('g', 1, { memberId, generation: 1 })).toBe(0)
    await play.join('g', { memberId }, 3)
    expect((await newcomer)!.generationId).toBe(2)
    expect(await play.commit('g', 2, { memberId, generation: 1 })).toBe(errorCode.ILLEGAL_GENERATION)
    expect(await play.commit('g', 2, { memberId, generation: 2 })).toBe(errorCode.REBALANCE_IN_PROGRESS)
    expect(await play.committed('g')).toEqual(['t/0@1'])
  })
})

describe('fetching', () => {
  test('gives -1 for what was never committed, in every version', async () => {
    await play.commit('g', 5, { metadata: 'm' })
    const topics = [{ name: 't', partitionIndexes: [0, 1] }]
    for (let version = offsetFetch.versions[0]; version <= offsetFetch.versions[1]; version++) {
      const response = await play.ask(offsetFetch, version, version < 8 ? { groupId: 'g', topics } : { groups: [{ groupId: 'g', topics }] })
      const fetched = version < 8 ? response.topics : response.groups[0]!.topics
      expect(fetched[0]!.partitions).toEqual([
        { partitionIndex: 0, committedOffset: 5, committedLeaderEpoch: -1, metadata: 'm', errorCode: 0 },
        { partitionIndex: 1, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: 0 },
      ])
    }
  })

  test('of several groups at once gives each its own, also all of a group', async () => {
    await play.commit('g', 5)
    await play.commit('h', 6)
    const { groups } = await play.ask(offsetFetch, 8, { groups: [{ groupId: 'h', topics: null }, { groupId: 'g', topics: null }, { groupId: 'nobody', topics: null }] })
    expect(groups.map(({ groupId, topics }) => [groupId, topics[0]?.partitions[0]?.committedOffset])).toEqual([['h', 6], ['g', 5], ['nobody', undefined]])
  })
})

describe('a transaction', () => {
  test('makes offsets readable when it commits, and until then unstable for those who ask', async () => {
    await play.commit('g', 5)
    expect(await inTransaction(7, 9)).toEqual([{ name: 't', partitions: [{ partition: 0, error: 'NONE' }] }])
    expect(await play.committed('g')).toEqual(['t/0@5'])
    const asked = { groupId: 'g', topics: [{ name: 't', partitionIndexes: [0, 1] }], requireStable: true }
    expect((await play.ask(offsetFetch, 7, asked)).topics[0]!.partitions.map((each) => [each.committedOffset, each.errorCode])).toEqual([[-1, errorCode.UNSTABLE_OFFSET_COMMIT], [-1, 0]])
    await play.coordinator.completeTransaction(7, 'commit')
    expect((await play.ask(offsetFetch, 7, asked)).topics[0]!.partitions.map((each) => [each.committedOffset, each.errorCode])).toEqual([[9, 0], [-1, 0]])
  })

  test('leaves nothing behind when it aborts', async () => {
    await inTransaction(7, 9)
    await play.coordinator.completeTransaction(7, 'abort')
    await play.restart()
    expect(await play.committed('g')).toEqual([])
  })

  test('that is open keeps its offsets over a restart', async () => {
    await inTransaction(7, 9)
    await play.restart()
    expect(await play.committed('g')).toEqual([])
    await play.coordinator.completeTransaction(7, 'commit')
    expect(await play.committed('g')).toEqual(['t/0@9'])
  })

  test('does not overwrite what was committed after its own offset', async () => {
    await inTransaction(7, 9)
    await play.commit('g', 12)
    await play.coordinator.completeTransaction(7, 'commit')
    expect(await play.committed('g')).toEqual(['t/0@12'])
    await play.restart()
    expect(await play.committed('g')).toEqual(['t/0@12'])
  })

  test('of a member that was fenced commits nothing', async () => {
    const memberId = await play.member('g')
    expect(await inTransaction(7, 9, 0, { memberId, instanceId: null, generation: 0 })).toEqual([{ name: 't', partitions: [{ partition: 0, error: 'ILLEGAL_GENERATION' }] }])
    expect(await inTransaction(7, 9, 5, simple)).toEqual([{ name: 't', partitions: [{ partition: 5, error: 'UNKNOWN_TOPIC_OR_PARTITION' }] }])
    await play.coordinator.completeTransaction(7, 'commit')
    expect(await play.committed('g')).toEqual([])
  })
})

describe('offsets are forgotten', () => {
  const remove = (groupId: string, topic: string, partition = 0) => play.ask(offsetDelete, 0, { groupId, topics: [{ name: topic, partitions: [{ partitionIndex: partition }] }] })

  test('when they are deleted, unless members read the topic', async () => {
    await play.commit('g', 5)
    await play.commit('g', 6, { topic: 'u' })
    await play.member('g')
    expect((await remove('g', 't')).topics[0]!.partitions[0]!.errorCode).toBe(errorCode.GROUP_SUBSCRIBED_TO_TOPIC)
    expect((await remove('g', 'u')).topics[0]!.partitions[0]!.errorCode).toBe(0)
    expect((await remove('g', 'u', 9)).topics[0]!.partitions[0]!.errorCode).toBe(errorCode.UNKNOWN_TOPIC_OR_PARTITION)
    expect(await play.committed('g')).toEqual(['t/0@5'])
    expect(await remove('nobody', 'u')).toMatchObject({ errorCode: errorCode.GROUP_ID_NOT_FOUND, topics: [] })
  })

  test('not when the group has members of another kind', async () => {
    await play.member('g', { protocolType: 'connect' })
    expect(await remove('g', 't')).toMatchObject({ errorCode: errorCode.NON_EMPTY_GROUP })
  })

  test('when their topic is deleted, in transactions too', async () => {
    await play.commit('g', 5)
    await play.commit('g', 6, { topic: 'u' })
    await inTransaction(7, 9, 1)
    await play.coordinator.topicDeleted('t')
    await play.coordinator.completeTransaction(7, 'commit')
    await play.restart()
    expect(await play.committed('g')).toEqual(['u/0@6'])
  })

  test('a week after the group became empty, and then the group itself', async () => {
    const memberId = await play.member('g')
    await play.commit('g', 5, { memberId, generation: 1 })
    for (let passed = 0; passed < 20; passed++) {
      await play.pass(9_000)
      await play.ask(heartbeat, 3, { groupId: 'g', memberId, generationId: 1 })
    }
    await play.ask(leaveGroup, 0, { groupId: 'g', memberId })
    await play.restart()
    for (let day = 0; day < 7; day++) {
      expect(await play.committed('g')).toEqual(['t/0@5'])
      await play.pass(dayMs)
    }
    await play.pass(10 * minuteMs)
    expect(await play.committed('g')).toEqual([])
    expect((await play.ask(describeGroups, 0, { groups: ['g'] })).groups[0]!.groupState).toBe('Dead')
  })

  test('without members each for itself, a week after its commit or when the client wished', async () => {
    await play.commit('g', 5)
    await play.commit('g', 6, { partition: 1, retentionMs: dayMs })
    await play.pass(4 * dayMs)
    expect(await play.committed('g')).toEqual(['t/0@5'])
    await play.commit('g', 7, { partition: 1 })
    await play.pass(4 * dayMs)
    expect(await play.committed('g')).toEqual(['t/1@7'])
  })

  test('beyond the end of a log that was cut off, and where the partition is gone', async () => {
    await play.commit('g', 5)
    await play.commit('g', 50, { partition: 1 })
    await play.commit('g', 6, { topic: 'u' })
    await play.coordinator.clampOffsets((topic) => (topic === 't' ? 20 : undefined))
    await play.restart()
    expect(await play.committed('g')).toEqual(['t/0@5', 't/1@20'])
  })
})
