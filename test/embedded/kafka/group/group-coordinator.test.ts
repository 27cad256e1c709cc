import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { deleteGroups } from '../../../../src/wire/api/delete-groups.ts'
import { describeGroups } from '../../../../src/wire/api/describe-groups.ts'
import { errorCode } from '../../../../src/wire/api/error-code.ts'
import { heartbeat } from '../../../../src/wire/api/heartbeat.ts'
import { joinGroup } from '../../../../src/wire/api/join-group.ts'
import { leaveGroup } from '../../../../src/wire/api/leave-group.ts'
import { listGroups } from '../../../../src/wire/api/list-groups.ts'
import { syncGroup } from '../../../../src/wire/api/sync-group.ts'
import { CoordinatorPlay } from './coordinator-play.ts'

let play: CoordinatorPlay
beforeEach(async () => {
  play = await CoordinatorPlay.start()
})
afterEach(() => play.coordinator.close())

async function stateOf(groupId: string): Promise<string> {
  return (await play.ask(describeGroups, 5, { groups: [groupId] })).groups[0]!.groupState
}

describe('members', () => {
  test('join in every version; those of version 4 and later with an id they are given', async () => {
    for (let version = joinGroup.versions[0]; version <= joinGroup.versions[1]; version++) {
      let joining = play.join(`g${version}`, {}, version)
      await play.pass(0)
      let joined = (await joining)!
      if (version >= 4) {
        expect(joined).toMatchObject({ errorCode: errorCode.MEMBER_ID_REQUIRED, generationId: -1, protocolName: version < 7 ? '' : null })
        joining = play.join(`g${version}`, { memberId: joined.memberId }, version)
        await play.pass(0)
        joined = (await joining)!
      }
      expect(joined).toMatchObject({ errorCode: 0, generationId: 1, protocolName: 'range', leader: joined.memberId })
      expect(joined.memberId).toMatch(/^c-[0-9a-f-]{36}$/)
    }
  })

  test('must name a group and a session timeout within its bounds', async () => {
    expect(await play.join('')).toMatchObject({ errorCode: errorCode.INVALID_GROUP_ID })
    expect(await play.join('g', { sessionTimeoutMs: 5999 })).toMatchObject({ errorCode: errorCode.INVALID_SESSION_TIMEOUT })
    expect(await play.join('g', { sessionTimeoutMs: 1_800_001 })).toMatchObject({ errorCode: errorCode.INVALID_SESSION_TIMEOUT })
    for (const api of [heartbeat, syncGroup, leaveGroup]) expect(await play.ask(api, 0, { groupId: '' })).toMatchObject({ errorCode: errorCode.INVALID_GROUP_ID })
  })

  test('of a group nobody has heard of are unknown', async () => {
    expect(await play.join('g', { memberId: 'x' })).toMatchObject({ errorCode: errorCode.UNKNOWN_MEMBER_ID, memberId: 'x' })
    expect(await play.ask(syncGroup, 0, { groupId: 'g', memberId: 'x' })).toMatchObject({ errorCode: errorCode.UNKNOWN_MEMBER_ID })
    expect(await play.ask(heartbeat, 0, { groupId: 'g', memberId: 'x' })).toMatchObject({ errorCode: errorCode.UNKNOWN_MEMBER_ID })
    expect(await play.ask(leaveGroup, 0, { groupId: 'g', memberId: 'x' })).toMatchObject({ errorCode: errorCode.UNKNOWN_MEMBER_ID })
    expect(await play.ask(leaveGroup, 3, { groupId: 'g', members: [{ memberId: 'x', groupInstanceId: null }] })).toMatchObject({ errorCode: 0, members: [{ memberId: 'x', errorCode: errorCode.UNKNOWN_MEMBER_ID }] })
  })

  test('that are silent for their session leave an empty group behind', async () => {
    await play.member('g')
    await play.pass(9_999)
    expect(await stateOf('g')).toBe('Stable')
    await play.pass(1)
    expect(await stateOf('g')).toBe('Empty')
  })

  test('are not expired by a late tick when their heartbeat was waiting meanwhile', async () => {
    const memberId = await play.member('g')
    play.clock.pass(60_000)
    play.clock.advance(0)
    // The loop was blocked for a minute; the heartbeat came long ago and is read only now.
    setImmediate(() => void play.ask(heartbeat, 3, { groupId: 'g', memberId, generationId: 1 }))
    await play.pass(1_000)
    expect(await stateOf('g')).toBe('Stable')
    await play.pass(10_000)
    expect(await stateOf('g')).toBe('Empty')
  })

  test('that are left behind by another one must join anew within the rebalance timeout', async () => {
    const request = { sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 5_000 }
    const first = await play.member('g', request)
    const second = play.join('g', request, 3)
    await play.pass(0)
    await play.join('g', { ...request, memberId: first }, 3)
    await play.ask(syncGroup, 3, { groupId: 'g', memberId: first, generationId: 2 })
    await play.ask(syncGroup, 3, { groupId: 'g', memberId: (await second)!.memberId, generationId: 2 })
    await play.pass(6_000)
    await play.ask(leaveGroup, 0, { groupId: 'g', memberId: first })
    expect(await stateOf('g')).toBe('PreparingRebalance')
    await play.pass(5_000)
    expect(await stateOf('g')).toBe('Empty')
  })

  test('whose connection is lost while they wait are given no answer, and stay until their session ends', async () => {
    const first = await play.member('g')
    const connection = new AbortController()
    const lost = play.join('g', {}, 3, connection.signal)
    await play.pass(0)
    connection.abort()
    expect(await lost).toBeUndefined()
    expect((await play.ask(describeGroups, 5, { groups: ['g'] })).groups[0]!.members).toHaveLength(2)
    await play.pass(5_000)
    expect(await play.ask(heartbeat, 3, { groupId: 'g', memberId: first, generationId: 1 })).toMatchObject({ errorCode: errorCode.REBALANCE_IN_PROGRESS })
    await play.pass(5_000)
    expect((await play.ask(describeGroups, 5, { groups: ['g'] })).groups[0]!.members.map(({ memberId }) => memberId)).toEqual([first])
  })

  test('whose connection was closed before they were read are not waited for', async () => {
    await play.member('g')
    expect(await play.join('g', {}, 3, AbortSignal.abort())).toBeUndefined()
  })
})

describe('after a restart', () => {
  test('members find themselves again by their heartbeats', async () => {
    const memberId = await play.member('g')
    await play.restart()
    expect(await play.ask(heartbeat, 3, { groupId: 'g', memberId, generationId: 1 })).toMatchObject({ errorCode: 0 })
    const synced = await play.ask(syncGroup, 3, { groupId: 'g', memberId, generationId: 1 })
    expect(String(synced.assignment)).toBe('mine')
  })

  test('members that do not come back are expired', async () => {
    await play.member('g')
    await play.restart()
    await play.pass(10_000)
    expect(await stateOf('g')).toBe('Empty')
  })

  test('an emptied group goes on counting its generations', async () => {
    const memberId = await play.member('g')
    await play.ask(leaveGroup, 0, { groupId: 'g', memberId })
    await play.restart()
    const joining = play.join('g', {}, 0)
    await play.pass(0)
    expect((await joining)!.generationId).toBe(3)
  })

  test('a deleted group stays deleted, with its offsets', async () => {
    await play.commit('g', 5)
    await play.ask(deleteGroups, 2, { groupsNames: ['g'] })
    await play.restart()
    expect(await stateOf('g')).toBe('Dead')
    expect(await play.committed('g')).toEqual([])
  })
})

describe('what is answered', () => {
  test('survives a power cut: generations, assignments, offsets', async () => {
    const memberId = await play.member('g')
    expect(await play.commit('g', 5, { memberId, generation: 1 })).toBe(0)
    await play.cutPower()
    expect(await play.ask(heartbeat, 3, { groupId: 'g', memberId, generationId: 1 })).toMatchObject({ errorCode: 0 })
    expect(await play.committed('g')).toEqual(['t/0@5'])
  })

  test('is that the coordinator is not available while the disk takes no changes', async () => {
    const joining = play.join('g', {}, 3)
    await play.pass(0)
    const { memberId, generationId } = (await joining)!
    play.disk.before = (call) => {
      if (call === 'write') throw Object.assign(new Error('the disk is full'), { syscall: 'write' })
    }
    expect(await play.ask(syncGroup, 3, { groupId: 'g', memberId, generationId, assignments: [] })).toMatchObject({ errorCode: errorCode.COORDINATOR_NOT_AVAILABLE })
    expect(await play.commit('g', 5, { memberId, generation: 1 })).toBe(errorCode.COORDINATOR_NOT_AVAILABLE)
    expect(await play.ask(leaveGroup, 0, { groupId: 'g', memberId })).toMatchObject({ errorCode: errorCode.COORDINATOR_NOT_AVAILABLE })
    expect((await play.ask(deleteGroups, 2, { groupsNames: ['g'] })).results[0]).toMatchObject({ errorCode: errorCode.COORDINATOR_NOT_AVAILABLE })
    play.disk.before = () => {}
    expect(await play.commit('g', 6)).toBe(0)
    await play.restart()
    expect(await play.committed('g')).toEqual(['t/0@6'])
  })
})

describe('groups', () => {
  test('are listed with type and state, filtered by state in any case of letters', async () => {
    await play.member('stable')
    await play.commit('simple', 5)
    const { groups } = await play.ask(listGroups, 4, {})
    expect(groups).toEqual([
      { groupId: 'stable', protocolType: 'consumer', groupState: 'Stable' },
      { groupId: 'simple', protocolType: '', groupState: 'Empty' },
    ])
    expect((await play.ask(listGroups, 4, { statesFilter: ['eMPTY'] })).groups.map(({ groupId }) => groupId)).toEqual(['simple'])
  })

  test('are described with members, metadata and assignments', async () => {
    const memberId = await play.member('g')
    const { groups } = await play.ask(describeGroups, 5, { groups: ['g', 'nobody'], includeAuthorizedOperations: true })
    expect(groups[0]).toMatchObject({
      errorCode: 0, groupId: 'g', groupState: 'Stable', protocolType: 'consumer', protocolData: 'range', authorizedOperations: 3400,
      members: [{ memberId, groupInstanceId: null, clientId: 'c', clientHost: '/127.0.0.1' }],
    })
    expect(String(groups[0]!.members[0]!.memberAssignment)).toBe('mine')
    expect(groups[1]).toMatchObject({ errorCode: 0, groupId: 'nobody', groupState: 'Dead', protocolType: '', protocolData: '', members: [] })
    expect((await play.ask(describeGroups, 5, { groups: ['g'] })).groups[0]!.authorizedOperations).toBe(-0x8000_0000)
  })

  test('are deleted when they are empty, and only then', async () => {
    await play.member('full')
    await play.commit('simple', 5)
    const { results } = await play.ask(deleteGroups, 2, { groupsNames: ['full', 'simple', 'nobody', 'simple'] })
    expect(results.map((each) => [each.groupId, each.errorCode])).toEqual([['full', errorCode.NON_EMPTY_GROUP], ['simple', 0], ['nobody', errorCode.GROUP_ID_NOT_FOUND]])
    expect(await stateOf('simple')).toBe('Dead')
  })
})
