import { beforeEach, describe, expect, test } from 'vitest'
import { MillraceError } from '../../src/errors.ts'
import type { Assignment, JoinAnswer } from '../../src/kafka/group-coordinator.ts'
import { clientAssignors, topologyAssignors } from '../../src/kafka/group-identity.ts'
import { GroupMember } from '../../src/kafka/group-member.ts'
import type { MemberAction } from '../../src/kafka/group-member.ts'
import { KafkaFailure } from '../../src/kafka/kafka-failure.ts'

const counts = new Map([['orders', 2]])
const mine: Assignment = { partitions: ['orders/0', 'orders/1'], counts }
const settings = { group: 'shop', instance: 'host-a', assignors: topologyAssignors, topics: ['orders'], heartbeatMs: 3_000, sessionTimeoutMs: 10_000, releaseBudgetMs: 45_000, startTimeoutMs: 10_000 }

let member: GroupMember
let now: number
let ticket: number

beforeEach(() => {
  member = new GroupMember(settings, counts)
  now = 0
})

function handle(event: Parameters<GroupMember['handle']>[0]): MemberAction[] {
  const actions = [...member.handle(event, now)]
  for (const action of actions) if ('ticket' in action) ({ ticket } = action)
  return actions
}

function names(actions: readonly MemberAction[]): string[] {
  return actions.map(({ act }) => act)
}

function joined(generation = 1, members: JoinAnswer['members'] = []): MemberAction[] {
  return handle({ on: 'joined', ticket, answer: { seat: { memberId: 'host-a-id', generation }, assignor: 'millrace-sticky', members }, counts })
}

function synced(assignment = mine): MemberAction[] {
  return handle({ on: 'synced', ticket, assignment })
}

function refused(type: string, retriable = false): MemberAction[] {
  return handle({ on: 'refused', ticket, error: new KafkaFailure(type, `broker:9092: ${type}`, retriable) })
}

/** Goes to the time the member asked for. */
function wake(): MemberAction[] {
  now = member.wakeAt
  return handle({ on: 'time' })
}

function stable(): void {
  handle({ on: 'open' })
  joined()
  synced()
}

function failure(actions: readonly MemberAction[]): MillraceError {
  const [action] = actions
  if (action?.act !== 'fail') throw new Error(`did not fail: ${names(actions).join()}`)
  return action.error
}

describe('joining', () => {
  test('a restarted process takes the assignment its coordinator kept, without leading', () => {
    expect(handle({ on: 'open' })).toMatchObject([{ act: 'join', request: { memberId: '', owned: [], topics: ['orders'] } }])
    expect(joined(7)).toMatchObject([{ act: 'sync', seat: { memberId: 'host-a-id', generation: 7 }, assignments: new Map() }])
    expect(synced()).toMatchObject([{ act: 'assign', partitions: mine.partitions, generation: 7 }])
    expect(member.seat).toEqual({ memberId: 'host-a-id', generation: 7 })
  })

  test('the leader shares out what all members subscribe to', () => {
    handle({ on: 'open' })
    const members = ['a', 'b'].map((id) => ({ memberId: id, instance: id, topics: ['orders'], owned: [], generation: -1 }))
    const [sync] = joined(1, members)
    expect(sync).toMatchObject({ assignments: new Map([['a', { partitions: ['orders/0'], counts }], ['b', { partitions: ['orders/1'], counts }]]) })
  })

  test('the leader shares out as the group has agreed, and ends when that is something it did not offer', () => {
    member = new GroupMember({ ...settings, instance: undefined, assignors: clientAssignors }, counts)
    handle({ on: 'open' })
    const members = ['a', 'b'].map((id) => ({ memberId: id, instance: undefined, topics: ['orders', 'pages'], owned: [], generation: -1 }))
    const wide = new Map([['orders', 3], ['pages', 1]])
    const answer = { seat: { memberId: 'a', generation: 1 }, members }
    expect(handle({ on: 'joined', ticket, answer: { ...answer, assignor: 'roundrobin' }, counts: wide })).toMatchObject([{ assignments: new Map([['a', { partitions: ['orders/0', 'orders/2'] }], ['b', { partitions: ['orders/1', 'pages/0'] }]]) }])
    expect(names(refused('REBALANCE_IN_PROGRESS'))).toEqual(['join'])
    expect(handle({ on: 'joined', ticket, answer: { ...answer, assignor: 'range' }, counts: wide })).toMatchObject([{ assignments: new Map([['a', { partitions: ['orders/0', 'orders/1', 'pages/0'] }], ['b', { partitions: ['orders/2'] }]]) }])
    refused('REBALANCE_IN_PROGRESS')
    expect(failure(handle({ on: 'joined', ticket, answer: { ...answer, assignor: 'sticky' }, counts: wide }))).toMatchObject({ code: 'MR_KAFKA_REFUSED', place: { at: 'group shop' } })
  })

  test('under a leader of another make, who does not say what it saw, joins again only when it sees more partitions than before', () => {
    handle({ on: 'open' })
    joined()
    expect(names(synced({ partitions: ['orders/0'], counts: undefined }))).toEqual(['assign'])
    expect(handle({ on: 'counts', counts: new Map(counts) })).toEqual([])
    expect(names(handle({ on: 'counts', counts: new Map([['orders', 3]]) }))).toEqual(['revoke'])
    handle({ on: 'released', ticket })
    joined(2)
    expect(names(synced({ partitions: ['orders/0'], counts: undefined }))).toEqual(['assign'])
    expect(handle({ on: 'counts', counts: new Map([['orders', 3]]) })).toEqual([])
  })

  test('makes sure of its seat before it takes an assignment that was long in coming', () => {
    handle({ on: 'open' })
    joined()
    now = 20_000
    expect(synced()).toEqual([])
    expect(names(wake())).toEqual(['heartbeat'])
    expect(handle({ on: 'alive', ticket })).toMatchObject([{ act: 'assign', partitions: mine.partitions }])
  })

  test('says what it owned when it joins again', () => {
    stable()
    wake()
    refused('REBALANCE_IN_PROGRESS')
    expect(handle({ on: 'released', ticket })).toMatchObject([{ act: 'join', request: { memberId: 'host-a-id', generation: 1, owned: mine.partitions } }])
  })

  test('says which generation it owned that in, not the one it failed to get anything in', () => {
    stable()
    wake()
    refused('REBALANCE_IN_PROGRESS')
    handle({ on: 'released', ticket })
    joined(2)
    expect(refused('REBALANCE_IN_PROGRESS')).toMatchObject([{ act: 'join', request: { generation: 1, owned: mine.partitions } }])
  })

  test.for(['GROUP_LOAD_IN_PROGRESS', 'GROUP_COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR_FOR_GROUP', 'CONNECTION', 'TIMEOUT'])('tries again after %s, each time later', (type) => {
    handle({ on: 'open' })
    const pauses = Array.from({ length: 6 }, () => {
      expect(refused(type, true)).toEqual([])
      const pause = member.wakeAt - now
      expect(names(wake())).toEqual(['join'])
      return pause
    })
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 2_000])
  })

  test('gives up on a group that cannot be reached from the start', () => {
    handle({ on: 'open' })
    now = settings.startTimeoutMs
    expect(failure(refused('GROUP_COORDINATOR_NOT_AVAILABLE', true))).toMatchObject({ code: 'MR_KAFKA_UNREACHABLE' })
  })

  test('never gives up on a group it has been in', () => {
    stable()
    now = 1_000_000
    handle({ on: 'time' })
    refused('UNKNOWN_MEMBER_ID')
    wake()
    for (let i = 0; i < 50; i++) {
      expect(refused('CONNECTION', true)).toEqual([])
      expect(names(wake())).toEqual(['join'])
    }
  })

  test('joins as a newcomer when the coordinator has forgotten it', () => {
    stable()
    wake()
    refused('UNKNOWN_MEMBER_ID')
    expect(wake()).toMatchObject([{ act: 'join', request: { memberId: '', owned: mine.partitions, generation: 1 } }])
  })

  test('joins again at once when the next rebalance overtakes its sync', () => {
    handle({ on: 'open' })
    joined()
    expect(refused('REBALANCE_IN_PROGRESS')).toMatchObject([{ act: 'join', request: { memberId: 'host-a-id' } }])
  })

  test.for(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'NOT_COORDINATOR_FOR_GROUP'])('joins again when its sync is answered by %s', (type) => {
    handle({ on: 'open' })
    joined()
    expect(refused(type, type.startsWith('NOT'))).toEqual([])
    expect(wake()).toMatchObject([{ act: 'join', request: { memberId: type === 'UNKNOWN_MEMBER_ID' ? '' : 'host-a-id' } }])
  })

  test.for([
    ['FENCED_INSTANCE_ID', 'MR_INSTANCE_STOLEN', '--instance NAME'],
    ['GROUP_AUTHORIZATION_FAILED', 'MR_KAFKA_AUTHORIZATION', '--operation Read --group shop'],
    ['INCONSISTENT_GROUP_PROTOCOL', 'MR_KAFKA_REFUSED', 'a name that no other consumer group has'],
    ['INVALID_SESSION_TIMEOUT', 'MR_KAFKA_REFUSED', 'group.max.session.timeout.ms'],
    ['GROUP_MAX_SIZE_REACHED', 'MR_KAFKA_REFUSED', 'group.max.size'],
    ['INVALID_REQUEST', 'MR_KAFKA_REFUSED', "broker's log"],
  ] as const)('%s cannot pass: %s', ([type, code, remedy]) => {
    handle({ on: 'open' })
    const error = failure(refused(type))
    expect(error.code).toBe(code)
    expect(error.remedy).toContain(remedy)
    expect(member.wakeAt).toBe(Infinity)
  })

  test('an error that already names its remedy is passed on', () => {
    handle({ on: 'open' })
    const error = new MillraceError('MR_KAFKA_AUTH', 'password rejected')
    expect(failure(handle({ on: 'refused', ticket, error }))).toBe(error)
  })

  test('drops answers to requests it no longer waits for', () => {
    handle({ on: 'open' })
    const old = ticket
    refused('CONNECTION', true)
    wake()
    expect(handle({ on: 'joined', ticket: old, answer: { seat: { memberId: 'x', generation: 1 }, assignor: 'millrace-sticky', members: [] }, counts })).toEqual([])
    expect(handle({ on: 'refused', ticket: old, error: new KafkaFailure('FENCED_INSTANCE_ID', '', false) })).toEqual([])
    expect(names(joined())).toEqual(['sync'])
  })
})

describe('in the group', () => {
  beforeEach(stable)

  test('sends a heartbeat every three seconds and never two at once', () => {
    expect(member.wakeAt).toBe(3_000)
    expect(wake()).toMatchObject([{ act: 'heartbeat', seat: { memberId: 'host-a-id', generation: 1 } }])
    expect(member.wakeAt).toBe(10_000)
    now = 3_050
    expect(handle({ on: 'alive', ticket })).toEqual([])
    expect(member.wakeAt).toBe(6_000)
  })

  test('gives its partitions back before it joins a rebalance', () => {
    wake()
    expect(refused('REBALANCE_IN_PROGRESS')).toMatchObject([{ act: 'revoke', because: 'the group rebalances' }])
    expect(member.seat).toBeDefined()
    expect(names(handle({ on: 'released', ticket }))).toEqual(['join'])
    expect(member.seat).toBeUndefined()
    expect(names(joined(2))).toEqual(['sync'])
    expect(synced({ partitions: ['orders/0'], counts })).toMatchObject([{ act: 'assign', partitions: ['orders/0'], generation: 2 }])
  })

  test('assigns again what it gave back, even when that is the same', () => {
    wake()
    refused('REBALANCE_IN_PROGRESS')
    handle({ on: 'released', ticket })
    joined(2)
    expect(names(synced())).toEqual(['assign'])
  })

  test('keeps its session alive while the listener drains', () => {
    wake()
    refused('REBALANCE_IN_PROGRESS')
    const revocation = ticket
    for (let i = 0; i < 5; i++) {
      expect(names(wake())).toEqual(['heartbeat'])
      expect(refused('REBALANCE_IN_PROGRESS')).toEqual([])
    }
    expect(names(handle({ on: 'released', ticket: revocation }))).toEqual(['join'])
  })

  test('does not let the group wait for a drain beyond its budget', () => {
    wake()
    refused('REBALANCE_IN_PROGRESS')
    const until = now + settings.releaseBudgetMs
    let actions: string[] = []
    while (now < until) {
      actions = names(wake())
      if (actions[0] === 'heartbeat') refused('REBALANCE_IN_PROGRESS')
    }
    expect(actions).toEqual(['lost', 'join'])
    expect(now).toBe(until)
  })

  test('drops its partitions when the seat goes while it drains', () => {
    wake()
    refused('REBALANCE_IN_PROGRESS')
    wake()
    expect(names(refused('UNKNOWN_MEMBER_ID'))).toEqual(['lost'])
    expect(names(wake())).toEqual(['join'])
  })

  test.for([['UNKNOWN_MEMBER_ID', ''], ['ILLEGAL_GENERATION', 'host-a-id']] as const)('%s: partitions are lost, and it joins again', ([type, memberId]) => {
    wake()
    expect(names(refused(type))).toEqual(['lost'])
    expect(member.seat).toBeUndefined()
    expect(wake()).toMatchObject([{ act: 'join', request: { memberId } }])
    joined(5)
    expect(names(synced())).toEqual(['assign'])
  })

  test('stops when another process has taken its instance name', () => {
    wake()
    const error = failure(refused('FENCED_INSTANCE_ID'))
    expect(error).toMatchObject({ code: 'MR_INSTANCE_STOLEN', place: { topology: 'shop' } })
    expect(error.message).toContain('host-a')
    expect(handle({ on: 'close' })).toEqual([])
  })

  test('keeps its partitions through a coordinator that comes back within the session', () => {
    wake()
    for (const type of ['CONNECTION', 'NOT_COORDINATOR_FOR_GROUP', 'GROUP_LOAD_IN_PROGRESS']) {
      expect(refused(type, true)).toEqual([])
      expect(names(wake())).toEqual(['heartbeat'])
    }
    now += 10
    expect(handle({ on: 'alive', ticket })).toEqual([])
    expect(member.wakeAt).toBe(now - 10 + settings.heartbeatMs)
  })

  test('gives up its partitions after a session of silence, and has them back when the coordinator kept the seat', () => {
    wake()
    const all: string[] = []
    while (now < settings.sessionTimeoutMs) {
      refused('CONNECTION', true)
      all.push(...names(wake()))
    }
    expect(now).toBe(settings.sessionTimeoutMs)
    expect(all.filter((name) => name === 'lost')).toHaveLength(1)
    if (!all.at(-1)!.includes('heartbeat')) wake()
    expect(handle({ on: 'alive', ticket })).toMatchObject([{ act: 'assign', partitions: mine.partitions }])
  })

  test('its session ends no later than that of the coordinator, who counts from the request', () => {
    member = new GroupMember(settings, counts)
    handle({ on: 'open' })
    now = 10_400
    joined()
    now = 10_700
    synced()
    now = 13_700
    handle({ on: 'time' })
    expect(member.wakeAt).toBe(20_400)
  })

  test('an answer older than the session, as a process finds it that was frozen, gives nothing back', () => {
    wake()
    const asked = ticket
    now = 60_000
    expect(names(handle({ on: 'time' }))).toEqual(['lost'])
    expect(handle({ on: 'alive', ticket: asked })).toEqual([])
    expect(member.wakeAt).toBe(now)
    expect(names(wake())).toEqual(['heartbeat'])
    expect(names(refused('UNKNOWN_MEMBER_ID'))).toEqual([])
    expect(names(wake())).toEqual(['join'])
  })

  test('a heartbeat that is never answered does not hide the end of the session', () => {
    wake()
    expect(names(wake())).toEqual(['lost'])
    expect(now).toBe(10_000)
    expect(member.wakeAt).toBe(Infinity)
    refused('TIMEOUT', true)
    expect(names(wake())).toEqual(['heartbeat'])
  })

  test('joins without giving back what it has lost already', () => {
    wake()
    wake()
    expect(names(refused('REBALANCE_IN_PROGRESS'))).toEqual(['join'])
  })

  test('asks for a new assignment when a topic has more partitions', () => {
    const more = new Map([['orders', 3]])
    expect(handle({ on: 'counts', counts })).toEqual([])
    expect(handle({ on: 'counts', counts: more })).toMatchObject([{ act: 'revoke', because: 'the partitions of the topics have changed' }])
    expect(names(handle({ on: 'released', ticket }))).toEqual(['join'])
    joined(2)
    expect(names(synced({ partitions: ['orders/0', 'orders/1', 'orders/2'], counts: more }))).toEqual(['assign'])
  })

  test('leaves when closed, and does nothing any more', () => {
    expect(handle({ on: 'close' })).toEqual([{ act: 'leave', memberId: 'host-a-id' }])
    expect(member.wakeAt).toBe(Infinity)
    expect(handle({ on: 'time' })).toEqual([])
    expect(handle({ on: 'close' })).toEqual([])
  })
})

describe('an assignment that does not fit the topics', () => {
  const narrow: Assignment = { partitions: ['orders/0'], counts: new Map([['orders', 1]]) }

  test('is replaced at once, without telling the listener', () => {
    handle({ on: 'open' })
    joined()
    expect(synced(narrow)).toMatchObject([{ act: 'join', request: { owned: ['orders/0'] } }])
    joined(2)
    expect(names(synced())).toEqual(['assign'])
  })

  test('is taken when asking again does not help, until the partitions are looked up next', () => {
    handle({ on: 'open' })
    joined()
    synced(narrow)
    joined(2)
    expect(names(synced(narrow))).toEqual(['assign'])
    expect(names(handle({ on: 'counts', counts }))).toEqual(['revoke'])
  })
})
