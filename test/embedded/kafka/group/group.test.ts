import { beforeEach, describe, expect, test } from 'vitest'
import { Group } from '../../../../src/embedded/kafka/group/group.ts'
import { GroupPlay, rebalanceMs, sessionMs, subscription } from './group-play.ts'

let play: GroupPlay
beforeEach(() => {
  play = new GroupPlay()
})

describe('joining', () => {
  test('a first member becomes leader of generation 1 and learns of itself alone', () => {
    const join = play.join()
    play.pass(0)
    expect(join.result).toEqual({
      error: 'NONE', memberId: 'c-1', generation: 1, protocolType: 'consumer', protocolName: 'range', leader: 'c-1',
      members: [{ memberId: 'c-1', instanceId: null, metadata: subscription('t') }],
    })
    expect(play.group.state).toBe('CompletingRebalance')
  })

  test('a client that can takes an id first and counts as a member only when it comes back with it', () => {
    const first = play.join({ takesMemberId: true })
    expect(first.result).toMatchObject({ error: 'MEMBER_ID_REQUIRED', memberId: 'c-1', generation: -1 })
    expect(play.group.members).toEqual([])
    const second = play.join({ takesMemberId: true, memberId: 'c-1' })
    play.pass(0)
    expect(second.result).toMatchObject({ error: 'NONE', generation: 1 })
  })

  test('an id that is not used within the session timeout is forgotten', () => {
    play.join({ takesMemberId: true })
    play.pass(sessionMs)
    expect(play.join({ memberId: 'c-1' }).result).toMatchObject({ error: 'UNKNOWN_MEMBER_ID', memberId: 'c-1' })
  })

  test('the leader alone learns of all members and their metadata', () => {
    const [a, b] = play.stable(2)
    const follower = play.join({ memberId: b!, protocols: [{ name: 'range', metadata: subscription('u') }] })
    const leader = play.join({ memberId: a! })
    expect(leader.result!.members.map(({ memberId }) => memberId)).toEqual([a, b])
    expect(follower.result).toMatchObject({ leader: a, members: [], generation: 2 })
  })

  test('a member with nothing in common with the others is turned away', () => {
    play.stable(1)
    expect(play.join({ protocols: [{ name: 'sticky', metadata: subscription('t') }] }).result!.error).toBe('INCONSISTENT_GROUP_PROTOCOL')
    expect(play.join({ protocolType: 'connect' }).result!.error).toBe('INCONSISTENT_GROUP_PROTOCOL')
  })

  test('a member that names no protocol is turned away even by an empty group', () => {
    expect(play.join({ protocols: [] }).result!.error).toBe('INCONSISTENT_GROUP_PROTOCOL')
    expect(play.join({ protocolType: '' }).result!.error).toBe('INCONSISTENT_GROUP_PROTOCOL')
  })

  test('the members vote for the protocol that most of them name first, among those all have', () => {
    const protocols = (...names: string[]) => ({ protocols: names.map((name) => ({ name, metadata: Buffer.alloc(0) })) })
    const joins = [protocols('only-mine', 'range', 'sticky'), protocols('sticky', 'range'), protocols('sticky', 'range')].map((each) => play.join(each))
    play.pass(0)
    expect(joins.map(({ result }) => result!.protocolName)).toEqual(['sticky', 'sticky', 'sticky'])
  })

  test('a group as large as group.max.size takes nobody else', () => {
    play.settings = { ...play.settings, groupMaxSize: 1 }
    play.stable(1)
    expect(play.join().result).toMatchObject({ error: 'GROUP_MAX_SIZE_REACHED', memberId: '' })
  })

  test('the initial delay gathers members, and each newcomer prolongs it once', () => {
    play.settings = { ...play.settings, groupInitialRebalanceDelayMs: 3000 }
    const a = play.join()
    play.pass(2000)
    const b = play.join()
    play.pass(1000)
    expect(a.result).toBeUndefined()
    play.pass(3000)
    expect([a.result!.generation, b.result!.generation]).toEqual([1, 1])
  })

  test('newcomers cannot prolong the initial delay beyond the rebalance timeout', () => {
    play.settings = { ...play.settings, groupInitialRebalanceDelayMs: 3000 }
    const first = play.join({ rebalanceTimeoutMs: 7000 })
    for (let i = 0; i < 7; i++) {
      play.join({ rebalanceTimeoutMs: 7000 })
      play.pass(1000)
    }
    expect(first.result).toMatchObject({ error: 'NONE', generation: 1 })
  })
})

describe('a rebalance', () => {
  test('waits for all known members, and tells those who send heartbeats to join', () => {
    const [a, b] = play.stable(2)
    const newcomer = play.join()
    expect(play.heartbeat(a!)).toBe('REBALANCE_IN_PROGRESS')
    const joins = [play.join({ memberId: a! }), newcomer]
    expect(joins.map(({ result }) => result)).toEqual([undefined, undefined])
    joins.push(play.join({ memberId: b! }))
    expect(joins.map(({ result }) => result!.generation)).toEqual([2, 2, 2])
  })

  test('goes on without a member that stalls beyond the rebalance timeout', () => {
    const [a, stalled] = play.stable(2)
    const joins = [play.join(), play.join({ memberId: a! })]
    for (let passed = 0; passed < rebalanceMs; passed += sessionMs / 2) {
      expect(joins[0]!.result).toBeUndefined()
      expect(play.heartbeat(stalled!)).toBe('REBALANCE_IN_PROGRESS')
      play.pass(sessionMs / 2)
    }
    expect(joins.map(({ result }) => result!.error)).toEqual(['NONE', 'NONE'])
    expect(play.heartbeat(stalled!)).toBe('UNKNOWN_MEMBER_ID')
  })

  test('goes on at once when the stalled member\'s session ends first', () => {
    const [a] = play.stable(2)
    const joins = [play.join(), play.join({ memberId: a! })]
    play.pass(sessionMs)
    expect(joins.map(({ result }) => result?.error)).toEqual(['NONE', 'NONE'])
  })

  test('elects another leader when the leader does not come back', () => {
    const [leader, other] = play.stable(2)
    play.join({ memberId: other!, protocols: [{ name: 'range', metadata: subscription('u') }] })
    play.pass(sessionMs)
    expect(play.group.leader).toBe(other)
    expect(play.heartbeat(leader!)).toBe('UNKNOWN_MEMBER_ID')
  })

  test('does not happen when a follower joins again unchanged: it has missed the answer', () => {
    const [, follower] = play.stable(2)
    expect(play.join({ memberId: follower! }).result).toMatchObject({ error: 'NONE', generation: 1, members: [] })
    expect(play.group.state).toBe('Stable')
  })

  test('happens when the leader joins again: it wants to assign anew', () => {
    const [leader] = play.stable(2)
    expect(play.join({ memberId: leader! }).result).toBeUndefined()
    expect(play.group.state).toBe('PreparingRebalance')
  })

  test('is told to members that wait for their assignment', () => {
    const joins = [play.join(), play.join()]
    play.pass(0)
    const follower = play.sync(joins[1]!.result!.memberId)
    play.join()
    expect(follower.result!.error).toBe('REBALANCE_IN_PROGRESS')
  })

  test('answers the older of two joins of one member, and parks the newer', () => {
    const [a, b] = play.stable(2)
    play.join()
    const older = play.join({ memberId: a! })
    const newer = play.join({ memberId: a! })
    expect(older.result!.error).toBe('REBALANCE_IN_PROGRESS')
    play.join({ memberId: b! })
    expect(newer.result).toMatchObject({ error: 'NONE', generation: 2 })
  })
})

describe('syncing', () => {
  test('parks followers until the leader brings the assignments', () => {
    const joins = [play.join(), play.join()]
    play.pass(0)
    const [a, b] = joins.map(({ result }) => result!.memberId)
    const follower = play.sync(b!)
    expect(follower.result).toBeUndefined()
    const leader = play.sync(a!, { [a!]: 'for a', [b!]: 'for b' })
    expect([leader, follower].map(({ result }) => String(result!.assignment))).toEqual(['for a', 'for b'])
    expect(play.group.state).toBe('Stable')
  })

  test('gives a late follower the assignment of its generation', () => {
    const joins = [play.join(), play.join()]
    play.pass(0)
    const [a, b] = joins.map(({ result }) => result!.memberId)
    play.sync(a!, { [b!]: 'for b' })
    expect(String(play.sync(b!).result!.assignment)).toBe('for b')
  })

  test('a leader that dies between join and sync is removed and the others rebalance', () => {
    const joins = [play.join(), play.join()]
    play.pass(0)
    const [leader, other] = joins.map(({ result }) => result!.memberId)
    const waiting = play.sync(other!)
    play.pass(sessionMs)
    expect(waiting.result!.error).toBe('REBALANCE_IN_PROGRESS')
    const again = play.join({ memberId: other! })
    expect(again.result).toMatchObject({ error: 'NONE', generation: 2, leader: other })
    expect(play.heartbeat(leader!)).toBe('UNKNOWN_MEMBER_ID')
  })

  test('a leader that sends heartbeats but never the assignments is removed after the rebalance timeout', () => {
    const joins = [play.join(), play.join()]
    play.pass(0)
    const [leader, other] = joins.map(({ result }) => result!.memberId)
    const waiting = play.sync(other!)
    for (let passed = 0; passed < rebalanceMs; passed += sessionMs / 2) {
      expect(play.heartbeat(leader!)).toBe('NONE')
      play.pass(sessionMs / 2)
    }
    expect(play.heartbeat(leader!)).toBe('UNKNOWN_MEMBER_ID')
    expect(waiting.result!.error).toBe('REBALANCE_IN_PROGRESS')
  })

  test('is refused with another generation, an unknown member, another protocol, or during a rebalance', () => {
    const [a] = play.stable(2)
    expect(play.sync(a!, {}, null, 7).result!.error).toBe('ILLEGAL_GENERATION')
    expect(play.sync('nobody').result!.error).toBe('UNKNOWN_MEMBER_ID')
    play.join()
    expect(play.sync(a!).result!.error).toBe('REBALANCE_IN_PROGRESS')
  })
})

describe('a session', () => {
  test('ends when nothing is heard for its timeout; heartbeats and commits prolong it', () => {
    const [a] = play.stable(1)
    play.pass(sessionMs - 1)
    expect(play.heartbeat(a!)).toBe('NONE')
    play.pass(sessionMs - 1)
    expect(play.group.checkCommit({ memberId: a!, instanceId: null, generation: 1 }, { isTransactional: false })).toBe('NONE')
    play.pass(sessionMs - 1)
    expect(play.group.state).toBe('Stable')
    play.pass(1)
    expect(play.group.state).toBe('Empty')
    expect(play.group.generation).toBe(2)
  })

  test('does not end while the member\'s join is parked', () => {
    const [a, b] = play.stable(2)
    const parked = play.join({ memberId: a! })
    for (let passed = 0; passed < rebalanceMs; passed += sessionMs / 2) {
      play.heartbeat(b!)
      play.pass(sessionMs / 2)
    }
    expect(parked.result!.error).toBe('NONE')
  })

  test('runs on when the connection is lost while the join is parked; the member stays until then', () => {
    const [a, b] = play.stable(2)
    const lost = play.join({ memberId: a! })
    play.group.giveUp(lost.parked)
    play.pass(sessionMs - 1)
    play.heartbeat(b!)
    expect(play.group.members).toHaveLength(2)
    play.pass(1)
    expect(play.group.members).toHaveLength(1)
    expect(play.join({ memberId: b! }).result).toMatchObject({ error: 'NONE', generation: 2 })
  })

  test('a newcomer that never learned its id goes after five minutes at the latest', () => {
    const [a, b] = play.stable(2, () => ({ rebalanceTimeoutMs: 1_000_000 }))
    const newcomer = play.join({ rebalanceTimeoutMs: 1_000_000 })
    play.join({ memberId: a!, rebalanceTimeoutMs: 1_000_000 })
    for (let passed = 0; passed < 300_000; passed += sessionMs / 2) {
      expect(newcomer.result).toBeUndefined()
      play.heartbeat(b!)
      play.pass(sessionMs / 2)
    }
    expect(newcomer.result!.error).toBe('UNKNOWN_MEMBER_ID')
  })
})

describe('leaving', () => {
  test('begins a rebalance of the others, and empties the group when it was the last', () => {
    const [a, b] = play.stable(2)
    expect(play.group.leave([{ memberId: a!, instanceId: null }])).toEqual(['NONE'])
    expect(play.heartbeat(b!)).toBe('REBALANCE_IN_PROGRESS')
    expect(play.group.leader).toBe(b)
    expect(play.group.leave([{ memberId: b!, instanceId: null }])).toEqual(['NONE'])
    expect(play.group.state).toBe('Empty')
    expect(play.group.leader).toBeUndefined()
  })

  test('of several at once is answered for each', () => {
    const [a, b] = play.stable(3)
    expect(play.group.leave([{ memberId: a!, instanceId: null }, { memberId: 'nobody', instanceId: null }, { memberId: b!, instanceId: null }])).toEqual(['NONE', 'UNKNOWN_MEMBER_ID', 'NONE'])
  })

  test('answers what the member itself still waits for', () => {
    const [a] = play.stable(2)
    const parked = play.join({ memberId: a! })
    play.group.leave([{ memberId: a!, instanceId: null }])
    expect(parked.result!.error).toBe('UNKNOWN_MEMBER_ID')
  })
})

describe('a static member', () => {
  const member = (i: number) => ({ instanceId: `i${i}` })
  const stable = () => {
    const joins = [play.join(member(0)), play.join(member(1))]
    play.pass(0)
    const ids = joins.map(({ result }) => result!.memberId)
    for (const [i, id] of ids.entries()) play.sync(id, { [ids[0]!]: 'for 0', [ids[1]!]: 'for 1' }, `i${i}`)
    return ids
  }

  test('that is killed and comes back within its session keeps its assignment, and nobody rebalances', () => {
    const [, old] = stable()
    const join = play.join(member(1))
    expect(join.result).toMatchObject({ error: 'NONE', generation: 1, members: [] })
    const id = join.result!.memberId
    expect(id).not.toBe(old)
    expect(String(play.sync(id, {}, 'i1').result!.assignment)).toBe('for 1')
    expect(play.group.state).toBe('Stable')
    expect(play.records.at(-1)!.members.map((each) => each.id)).toContain(id)
  })

  test('that led and comes back is told that the old id leads, so that it does not assign without metadata', () => {
    const [old] = stable()
    const join = play.join(member(0))
    expect(join.result).toMatchObject({ error: 'NONE', leader: old, members: [] })
    expect(play.group.leader).toBe(join.result!.memberId)
  })

  test('fences its twin: the older one may do nothing any more', () => {
    const [, old] = stable()
    play.join(member(1))
    expect(play.heartbeat(old!, 'i1')).toBe('FENCED_INSTANCE_ID')
    expect(play.sync(old!, {}, 'i1').result!.error).toBe('FENCED_INSTANCE_ID')
    expect(play.join({ memberId: old!, instanceId: 'i1' }).result!.error).toBe('FENCED_INSTANCE_ID')
    expect(play.group.checkCommit({ memberId: old!, instanceId: 'i1', generation: 1 }, { isTransactional: false })).toBe('FENCED_INSTANCE_ID')
    expect(play.group.leave([{ memberId: old!, instanceId: 'i1' }])).toEqual(['FENCED_INSTANCE_ID'])
    expect(play.heartbeat(old!)).toBe('UNKNOWN_MEMBER_ID')
  })

  test('fences its twin also while that waits for an answer', () => {
    const [, follower] = stable()
    play.join({ memberId: play.group.leader!, instanceId: 'i0' })
    const twin = play.join({ memberId: follower!, ...member(1), protocols: [{ name: 'range', metadata: subscription('u') }] })
    expect(twin.result).toMatchObject({ error: 'NONE', generation: 2 })
    const waiting = play.sync(follower!, {}, 'i1')
    play.join(member(1))
    expect(waiting.result!.error).toBe('FENCED_INSTANCE_ID')
    expect(play.group.state).toBe('PreparingRebalance')
  })

  test('that comes back with other protocols makes the group rebalance when they change the vote', () => {
    stable()
    const both = [{ name: 'sticky', metadata: subscription('t') }, { name: 'range', metadata: subscription('t') }]
    expect(play.join({ ...member(1), protocols: both }).result).toMatchObject({ generation: 1 })
    expect(play.join({ ...member(0), protocols: both }).result).toBeUndefined()
    expect(play.group.state).toBe('PreparingRebalance')
  })

  test('keeps its place in a rebalance it does not join, but not beyond its session', () => {
    const [a, b] = stable()
    play.join({ memberId: a!, instanceId: 'i0', rebalanceTimeoutMs: 5000 })
    play.join({ memberId: b!, instanceId: 'i1', rebalanceTimeoutMs: 5000 })
    expect(play.group.generation).toBe(2)
    const alone = play.join({ memberId: a!, instanceId: 'i0', rebalanceTimeoutMs: 5000, protocols: [{ name: 'range', metadata: subscription('u') }] })
    play.pass(5000)
    expect(alone.result!.members.map(({ instanceId }) => instanceId)).toEqual(['i0', 'i1'])
    for (let passed = 0; passed < sessionMs; passed += sessionMs / 2) {
      play.sync(a!, {}, 'i0')
      play.heartbeat(a!, 'i0')
      play.pass(sessionMs / 2)
    }
    expect(play.group.members.map(({ instanceId }) => instanceId)).toEqual(['i0'])
  })

  test('that comes back and never asks for its assignment is removed after the rebalance timeout', () => {
    const joins = [play.join(member(0)), play.join(member(1))]
    play.pass(0)
    const [a, b] = joins.map(({ result }) => result!.memberId)
    play.sync(a!, { [b!]: 'for b' }, 'i0')
    const id = play.join(member(1)).result!.memberId
    for (let passed = 0; passed < rebalanceMs; passed += sessionMs / 2) {
      expect([play.heartbeat(a!, 'i0'), play.heartbeat(id, 'i1')]).toEqual(['NONE', 'NONE'])
      play.pass(sessionMs / 2)
    }
    expect(play.heartbeat(id, 'i1')).toBe('UNKNOWN_MEMBER_ID')
  })

  test('can be removed by its instance id alone', () => {
    stable()
    expect(play.group.leave([{ memberId: '', instanceId: 'i1' }, { memberId: '', instanceId: 'i9' }])).toEqual(['NONE', 'UNKNOWN_MEMBER_ID'])
  })
})

describe('committing', () => {
  const check = (memberId: string, generation: number) => play.group.checkCommit({ memberId, instanceId: null, generation }, { isTransactional: false })

  test('without a group is fine as long as the group has no members', () => {
    expect(check('', -1)).toBe('NONE')
    play.stable(1)
    expect(check('', -1)).toBe('UNKNOWN_MEMBER_ID')
  })

  test('is for members of the current generation', () => {
    const [a] = play.stable(1)
    expect(check(a!, 1)).toBe('NONE')
    expect(check(a!, 0)).toBe('ILLEGAL_GENERATION')
    expect(check('nobody', 1)).toBe('UNKNOWN_MEMBER_ID')
  })

  test('is possible while a rebalance gathers members, not while it waits for assignments', () => {
    const [a, b] = play.stable(2)
    const joins = [play.join({ memberId: a! })]
    expect(check(b!, 1)).toBe('NONE')
    joins.push(play.join({ memberId: b! }))
    expect(joins.map(({ result }) => result!.generation)).toEqual([2, 2])
    expect(check(b!, 1)).toBe('ILLEGAL_GENERATION')
    expect(check(b!, 2)).toBe('REBALANCE_IN_PROGRESS')
  })

  test('in a transaction needs no membership, but checks one that is claimed', () => {
    const [a] = play.stable(1)
    const inTransaction = (memberId: string, generation: number) => play.group.checkCommit({ memberId, instanceId: null, generation }, { isTransactional: true })
    expect([inTransaction('', -1), inTransaction(a!, 1), inTransaction(a!, 0), inTransaction('nobody', 1)]).toEqual(['NONE', 'NONE', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'])
  })
})

describe('a restored group', () => {
  test('finds its members back by their heartbeats, with assignments and leader', () => {
    const [a, b] = play.stable(2)
    play.group = Group.restore(play.records.at(-1)!, play.surroundings)
    expect(play.group.state).toBe('Stable')
    expect(play.group.leader).toBe(a)
    expect(play.heartbeat(b!)).toBe('NONE')
    expect(String(play.sync(b!).result!.assignment)).toBe(`of ${b}`)
    play.pass(sessionMs)
    expect(play.group.state).toBe('Empty')
  })

  test('counts on from its generation when it was empty', () => {
    const [a] = play.stable(1)
    play.group.leave([{ memberId: a!, instanceId: null }])
    play.group = Group.restore(play.records.at(-1)!, play.surroundings)
    expect(play.group.state).toBe('Empty')
    const join = play.join()
    play.pass(0)
    expect(join.result!.generation).toBe(3)
  })

  test('rebalances when it is larger than group.max.size allows now', () => {
    play.stable(2)
    play.settings = { ...play.settings, groupMaxSize: 1 }
    play.group = Group.restore(play.records.at(-1)!, play.surroundings)
    expect(play.group.state).toBe('PreparingRebalance')
    const [first, second] = play.group.members.map(({ id }) => play.join({ memberId: id }))
    expect(second!.result!.error).toBe('GROUP_MAX_SIZE_REACHED')
    expect(first!.result).toMatchObject({ error: 'NONE', generation: 2 })
  })
})

describe('what members read', () => {
  test('is known from their metadata, and nothing is read by a group that is empty', () => {
    const [a] = play.stable(1, () => ({ protocols: [{ name: 'range', metadata: subscription('t', 'u') }] }))
    expect(['t', 'u', 'v'].map((topic) => play.group.isSubscribedTo(topic))).toEqual([true, true, false])
    play.group.leave([{ memberId: a!, instanceId: null }])
    expect(play.group.isSubscribedTo('t')).toBe(false)
  })

  test('could be anything when their metadata cannot be understood', () => {
    play.stable(1, () => ({ protocols: [{ name: 'range', metadata: Buffer.from('?') }] }))
    expect(play.group.isSubscribedTo('t')).toBe(true)
  })
})
