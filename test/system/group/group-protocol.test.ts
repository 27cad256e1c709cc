import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { joinGroup } from '../../../src/wire/api/join-group.ts'
import { offsetCommit } from '../../../src/wire/api/offset-commit.ts'
import { offsetFetch } from '../../../src/wire/api/offset-fetch.ts'
import { KafkaPeer } from '../../support/kafka-peer.ts'
import { startKafka } from '../../support/kafka-server.ts'
import type { KafkaServer } from '../../support/kafka-server.ts'
import { createTopic } from '../../support/topics.ts'
import { GroupTalk } from './group-talk.ts'

/** Says the same to both brokers; what they answer, line by line, must be the same too. */
type Scenario = (group: GroupTalk) => Promise<string[]>

const config = { 'group.min.session.timeout.ms': '300', 'group.max.size': '4' }

let servers: KafkaServer[] = []
let peers: KafkaPeer[] = []
let groupNumber = 0

beforeAll(async () => {
  servers = await Promise.all([startKafka({ own: false, config }), startKafka({ own: true, config })])
  peers = servers.map(({ brokers }) => new KafkaPeer(brokers[0]!))
  await Promise.all(servers.flatMap(({ brokers }) => [createTopic(brokers, 't', 2), createTopic(brokers, 'u', 1)]))
})

afterAll(async () => {
  for (const peer of peers) peer.close()
  await Promise.all(servers.map((server) => server.stop()))
})

async function expectTheSame(scenario: Scenario): Promise<void> {
  const group = `group-${groupNumber++}`
  const [apache, own] = await Promise.all(peers.map((peer) => scenario(new GroupTalk(peer, group))))
  expect(own).toEqual(apache)
}

/** Two members, `a` who leads and `b`, in generation 2 with their assignments. */
async function stablePair(group: GroupTalk, talk: (name: string) => Parameters<GroupTalk['join']>[1] = () => ({})): Promise<string[]> {
  const first = await group.join('a', talk('a')).answer
  await group.sync('a', 1, { a: 'alone' }).answer
  const b = group.join('b', talk('b'))
  await group.untilState('PreparingRebalance')
  const a = group.join('a', { ...talk('a'), as: 'a' })
  const joins = [await b.answer, await a.answer]
  const follower = group.sync('b', 2)
  const leader = group.sync('a', 2, { a: 'for a', b: 'for b' })
  return [first, ...joins, await leader.answer, await follower.answer]
}

const instanceOf = (name: string) => ({ version: 5, instance: `i-${name}` })

describe('our broker answers as Apache Kafka does', () => {
  test('to joins of every version', async () => {
    for (let version = joinGroup.versions[0]; version <= joinGroup.versions[1]; version++) {
      await expectTheSame(async (group) => {
        const first = await group.join('a', { version }).answer
        const lines = [first, await group.describe()]
        if (version >= 4) lines.push(await group.join('a', { version, as: 'a' }).answer)
        lines.push(await group.describe(), await group.leave('a', 0), await group.describe(), await group.list())
        return lines
      })
    }
  })

  test('to joins that cannot be', () => expectTheSame(async (group) => [
    await group.join('a', { protocols: [] }).answer,
    await group.list(),
    await group.join('a', { protocolType: '' }).answer,
    await group.join('a', { as: 'nobody' }).answer,
    await new GroupTalk(group.peer, 'unheard-of').join('a', { as: 'nobody' }).answer,
    await group.join('a', { sessionMs: 299 }).answer,
    await group.join('a', { sessionMs: 1_800_001 }).answer,
    await new GroupTalk(group.peer, '').join('a').answer,
    await group.join('a', { as: 'nobody', version: 7, instance: 'i' }).answer,
    await group.join('first').answer,
    await group.join('b', { protocols: ['sticky'] }).answer,
    await group.join('b', { protocolType: 'connect' }).answer,
    await group.join('b', { version: 5, protocols: ['sticky'] }).answer,
  ]))

  test('to two members that share the work', () => expectTheSame(async (group) => [
    ...await stablePair(group),
    await group.describe(0),
    await group.describe(),
    await group.list(4, ['Stable']),
    await group.list(4, ['empty', 'dead']),
    await group.list(0),
    await group.sync('b', 2).answer,
    await group.sync('b', 1).answer,
    await group.sync('b', 2, {}, { version: 5, protocolName: 'sticky' }).answer,
    await group.sync('b', 2, {}, { version: 5 }).answer,
    await group.sync('nobody', 2).answer,
    await group.heartbeat('a', 2),
    await group.heartbeat('a', 1),
    await group.heartbeat('nobody', 2),
    await group.heartbeat('a', 2, { instance: 'i' }),
    await new GroupTalk(group.peer, '').heartbeat('nobody', 2),
    await new GroupTalk(group.peer, 'unheard-of').heartbeat('nobody', 2),
    await new GroupTalk(group.peer, '').sync('nobody', 2).answer,
    await new GroupTalk(group.peer, 'unheard-of').sync('nobody', 2).answer,
    await group.delete(),
  ]))

  test('to a follower and a leader that join again', () => expectTheSame(async (group) => {
    const lines = await stablePair(group)
    lines.push(await group.join('b', { as: 'b' }).answer, await group.heartbeat('a', 2))
    const leader = group.join('a', { as: 'a' })
    await group.untilState('PreparingRebalance')
    lines.push(await group.heartbeat('b', 2), await group.sync('b', 2).answer)
    const follower = group.join('b', { as: 'b' })
    lines.push(await leader.answer, await follower.answer)
    // Both again, in the phase in which assignments are awaited.
    lines.push(await group.join('a', { as: 'a' }).answer, await group.join('b', { as: 'b' }).answer)
    const waiting = group.sync('b', 3)
    const changed = group.join('a', { as: 'a', topics: ['t', 'u'] })
    lines.push(await waiting.answer, await group.describe())
    const last = group.join('b', { as: 'b' })
    lines.push(await changed.answer, await last.answer)
    return lines
  }))

  test('to a member that stalls while two others join', () => expectTheSame(async (group) => {
    const rebalanceMs = 1_000
    const lines = await stablePair(group, () => ({ rebalanceMs }))
    const c = group.join('c', { rebalanceMs })
    await group.untilState('PreparingRebalance')
    const a = group.join('a', { as: 'a', rebalanceMs })
    lines.push(await c.answer, await a.answer, await group.heartbeat('b', 2), await group.describe())
    const synced = group.sync('c', 3)
    lines.push(await group.sync('a', 3, { a: 'for a', c: 'for c' }).answer, await synced.answer, await group.join('b', { as: 'b' }).answer)
    return lines
  }))

  test('to a leader that dies between join and sync', () => expectTheSame(async (group) => {
    const lines = [await group.join('a', { sessionMs: 500 }).answer]
    await group.sync('a', 1, {}).answer
    const b = group.join('b')
    await group.untilState('PreparingRebalance')
    const a = group.join('a', { as: 'a', sessionMs: 500 })
    lines.push(await b.answer, await a.answer)
    const waiting = group.sync('b', 2)
    lines.push(await waiting.answer, await group.describe(), await group.join('b', { as: 'b' }).answer, await group.heartbeat('a', 2))
    return lines
  }))

  test('to a leader that never brings the assignments', () => expectTheSame(async (group) => {
    const lines = [await group.join('a', { rebalanceMs: 500 }).answer]
    await group.untilState('Empty')
    lines.push(await group.heartbeat('a', 1), await group.describe(), await group.join('b', { rebalanceMs: 500 }).answer)
    return lines
  }))

  test('to a member that stops its heartbeats', () => expectTheSame(async (group) => {
    const lines = [await group.join('a', { sessionMs: 500 }).answer, await group.sync('a', 1, { a: 'mine' }).answer]
    await group.untilState('Empty')
    lines.push(await group.describe(), await group.heartbeat('a', 1), await group.commit('a', 1, { t: [[0, 5]] }), await group.join('a', { as: 'a' }).answer, await group.join('b').answer)
    return lines
  }))

  test('to a static member that is killed and comes back, and to its twin', () => expectTheSame(async (group) => {
    const lines = await stablePair(group, instanceOf)
    lines.push(await group.join('b again', instanceOf('b')).answer, await group.describe())
    lines.push(await group.sync('b again', 2, {}, { instance: 'i-b' }).answer)
    lines.push(
      await group.heartbeat('b', 2, { instance: 'i-b' }),
      await group.heartbeat('b', 2),
      await group.sync('b', 2, {}, { instance: 'i-b' }).answer,
      await group.join('b', { as: 'b', ...instanceOf('b') }).answer,
      await group.commit('b', 2, { t: [[0, 1]] }, { instance: 'i-b' }),
      await group.commit('b again', 2, { t: [[0, 1]] }, { instance: 'i-b' }),
      await group.commit('b again', 2, { t: [[0, 1]] }, { instance: 'i-x' }),
      await group.leaveTogether([{ name: 'b', instance: 'i-b' }, { name: 'nobody', instance: 'i-x' }]),
      await group.heartbeat('a', 2, { instance: 'i-a' }),
    )
    return lines
  }))

  test('to a static leader that comes back, in every version', async () => {
    for (let version = 5; version <= joinGroup.versions[1]; version++) {
      await expectTheSame(async (group) => {
        const lines = await stablePair(group, (name) => ({ version, instance: `i-${name}` }))
        lines.push(await group.join('a again', { version, instance: 'i-a' }).answer, await group.sync('a again', 2, {}, { instance: 'i-a' }).answer, await group.heartbeat('b', 2, { instance: 'i-b' }))
        return lines
      })
    }
  })

  test('to a static member that comes back reading other topics', () => expectTheSame(async (group) => {
    const lines = await stablePair(group, instanceOf)
    lines.push(await group.join('b again', { ...instanceOf('b'), topics: ['u'] }).answer, await group.heartbeat('a', 2, { instance: 'i-a' }))
    const a = group.join('a', { as: 'a', ...instanceOf('a') })
    await group.untilState('PreparingRebalance')
    const b = group.join('b again', { as: 'b again', ...instanceOf('b'), topics: ['u'] })
    lines.push(await a.answer, await b.answer)
    return lines
  }))

  test('to a static member that comes back while assignments are awaited', () => expectTheSame(async (group) => {
    const lines = await stablePair(group, instanceOf)
    const a = group.join('a', { as: 'a', ...instanceOf('a') })
    await group.untilState('PreparingRebalance')
    const b = group.join('b', { as: 'b', ...instanceOf('b') })
    lines.push(await a.answer, await b.answer)
    const waiting = group.sync('b', 3, {}, { instance: 'i-b' })
    await group.heartbeat('b', 3, { instance: 'i-b' })
    const again = group.join('b again', instanceOf('b'))
    lines.push(await waiting.answer, await group.describe())
    const last = group.join('a', { as: 'a', ...instanceOf('a') })
    lines.push(await again.answer, await last.answer)
    return lines
  }))

  test('to static members that leave, by id and by instance', () => expectTheSame(async (group) => [
    ...await stablePair(group, instanceOf),
    await group.leaveTogether([{ name: '', instance: 'i-b' }, { name: '', instance: 'i-x' }, { name: '' }, { name: 'a' }]),
    await group.describe(),
    await new GroupTalk(group.peer, 'unheard-of').leaveTogether([{ name: 'nobody' }]),
    await new GroupTalk(group.peer, '').leaveTogether([{ name: 'nobody' }]),
    await group.leaveTogether([{ name: 'nobody' }], 5),
  ]))

  test('to members that leave', () => expectTheSame(async (group) => {
    const lines = [...await stablePair(group), await group.leave('nobody', 0), await group.leave('a'), await group.heartbeat('b', 2), await group.describe()]
    lines.push(await group.leave('b'), await group.describe(), await group.list(), await group.join('c').answer)
    lines.push(await group.leaveTogether([{ name: 'c' }]), await group.delete(), await group.describe(), await group.delete(), await group.list())
    return lines
  }))

  test('to one that takes an id, and leaves before it joins', () => expectTheSame(async (group) => [
    await group.join('a', { version: 4 }).answer,
    await group.heartbeat('a', 0),
    await group.leave('a', 0),
    await group.join('a', { version: 4, as: 'a' }).answer,
    await group.describe(),
    await group.delete(),
    await group.describe(),
  ]))

  test('to one that takes an id as a dynamic member and comes back as a static one', () => expectTheSame(async (group) => [
    await group.join('a', { version: 5 }).answer,
    await group.join('a', { version: 5, as: 'a', instance: 'i' }).answer,
  ]))

  test('to more members than a group may have', () => expectTheSame(async (group) => {
    for (const name of ['a', 'b', 'c', 'd']) await group.join(name, { version: 4 }).answer
    const first = await group.join('a', { version: 4, as: 'a' }).answer
    const joins = ['b', 'c', 'd'].map((name) => group.join(name, { version: 4, as: name }))
    await group.untilState('PreparingRebalance')
    joins.push(group.join('a', { version: 4, as: 'a' }))
    const answers = await Promise.all(joins.map(({ answer }) => answer))
    return [first, ...answers, await group.join('e', { version: 4 }).answer, await group.join('e', { version: 7 }).answer, await group.join('e', { version: 4, as: 'e' }).answer]
  }))

  test('to commits, with and without members', () => expectTheSame(async (group) => {
    const everything = { t: [[0, 5], [1, 6, null], [9, 1]], u: [[0, 7, 'x'.repeat(4097)]], nowhere: [[0, 1]] } as const
    const lines: string[] = []
    for (let version = offsetCommit.versions[0]; version <= offsetCommit.versions[1]; version++) lines.push(await group.commit('', -1, everything, { version }))
    lines.push(
      await group.describe(), await group.list(), await group.fetch(null),
      await group.commit('nobody', -1, { t: [[0, 8]] }),
      await group.commit('nobody', 0, { t: [[0, 8]] }),
      await group.commit('', 3, { t: [[0, 8]] }),
      await group.commit('', -1, { t: [[0, 8]] }, { instance: 'i' }),
      await new GroupTalk(group.peer, 'unheard-of').commit('nobody', 3, everything),
      await group.commit('', -1, {}),
      await new GroupTalk(group.peer, '').commit('', -1, { t: [[0, 9]] }),
      await new GroupTalk(group.peer, '').fetch({ t: [0] }),
    )
    lines.push(...await stablePair(group))
    lines.push(
      await group.commit('', -1, { t: [[0, 9]] }),
      await group.commit('a', -1, { t: [[0, 9]] }),
      await group.commit('a', 1, { t: [[0, 9]] }),
      await group.commit('a', 2, { t: [[0, 9]] }),
      await group.commit('nobody', 2, { t: [[0, 9]] }),
      await group.commit('nobody', 2, { nowhere: [[0, 9]] }),
    )
    const a = group.join('a', { as: 'a' })
    await group.untilState('PreparingRebalance')
    lines.push(await group.commit('b', 2, { t: [[0, 10]] }))
    const b = group.join('b', { as: 'b' })
    lines.push(await a.answer, await b.answer)
    lines.push(await group.commit('b', 2, { t: [[0, 11]] }), await group.commit('b', 3, { t: [[0, 11]] }), await group.fetch({ t: [0, 1] }))
    return lines
  }))

  test('to fetches of offsets in every version', () => expectTheSame(async (group) => {
    await group.commit('', -1, { t: [[0, 5]], u: [[0, 6, null]] })
    const lines: string[] = []
    for (let version = offsetFetch.versions[0]; version <= offsetFetch.versions[1]; version++) {
      lines.push(await group.fetch({ t: [1, 0, 9], nowhere: [0] }, version), await group.fetch({}, version))
      if (version >= 2) lines.push(await group.fetch(null, version))
      lines.push(await new GroupTalk(group.peer, 'unheard-of').fetch({ t: [0] }, version))
    }
    return lines
  }))

  test('to offsets that are deleted', () => expectTheSame(async (group) => {
    await group.commit('', -1, { t: [[0, 5], [1, 5]], u: [[0, 6]] })
    const lines = [await group.deleteOffsets({ t: [0, 9], nowhere: [0] }), await group.fetch(null)]
    lines.push(...await stablePair(group), await group.deleteOffsets({ t: [1], u: [0] }), await group.fetch(null))
    lines.push(await new GroupTalk(group.peer, 'unheard-of').deleteOffsets({ t: [0] }), await new GroupTalk(group.peer, '').deleteOffsets({ t: [0] }))
    const other = new GroupTalk(group.peer, `${group.group}-connect`)
    lines.push(await other.join('w', { protocolType: 'connect' }).answer, await other.deleteOffsets({ t: [0] }))
    return lines
  }))

  test('to members after it was killed and started again', async () => {
    const groups = peers.map((peer) => new GroupTalk(peer, 'over-a-restart'))
    const before = await Promise.all(groups.map(async (group) => [...await stablePair(group), await group.commit('a', 2, { t: [[0, 0]] })]))
    expect(before[1]).toEqual(before[0])
    await Promise.all(servers.map(async (server) => {
      await server.kill('SIGKILL')
      await server.start()
    }))
    const after = await Promise.all(groups.map(async (group) => {
      const again = new GroupTalk(new KafkaPeer(servers[groups.indexOf(group)]!.brokers[0]!), group.group)
      peers.push(again.peer)
      const ids = ['a', 'b'].map((name) => [name, group.idOf(name)] as const)
      again.know(ids)
      await again.untilState('Stable')
      return [
        await again.heartbeat('a', 2), await again.heartbeat('b', 2), await again.sync('b', 2).answer, await again.describe(), await again.fetch(null),
        await again.commit('b', 2, { t: [[1, 6]] }), await again.leave('b'), await again.heartbeat('a', 2), await again.join('a', { as: 'a' }).answer,
      ]
    }))
    expect(after[1]).toEqual(after[0])
  })
})
