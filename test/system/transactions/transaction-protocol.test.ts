import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findCoordinator } from '../../../src/wire/api/find-coordinator.ts'
import { KafkaPeer } from '../../support/kafka-peer.ts'
import { startKafka } from '../../support/kafka-server.ts'
import type { KafkaServer } from '../../support/kafka-server.ts'
import { createTopic } from '../../support/topics.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { TransactionTalk } from './transaction-talk.ts'

let servers: KafkaServer[] = []
let peers: KafkaPeer[] = []
let runs = 0

beforeAll(async () => {
  servers = await Promise.all([startKafka({ own: false, config: { 'offsets.topic.num.partitions': '1' } }), startKafka({ own: true })])
  peers = servers.map(({ brokers }) => new KafkaPeer(brokers[0]!))
  // Apache makes the place for transactions when it is first asked for their coordinator.
  await Promise.all(peers.map((peer) => waitUntil('a transaction coordinator', async () => {
    const { coordinators } = await peer.ask(findCoordinator, 4, { keyType: 1, coordinatorKeys: ['t'] }).answer
    return coordinators[0]!.errorCode === 0
  })))
})
afterAll(async () => {
  for (const peer of peers) peer.close()
  await Promise.all(servers.map((server) => server.stop()))
})

type Scenario = (talk: TransactionTalk) => Promise<string[]>

async function expectTheSame(scenario: Scenario): Promise<void> {
  const name = `t-${runs++}`
  await Promise.all(servers.map(({ brokers }) => createTopic(brokers, name, 2)))
  const [apache, own] = await Promise.all(peers.map((peer) => scenario(new TransactionTalk(peer, name, name))))
  expect(own).toEqual(apache)
}

test('our broker answers as Apache Kafka does when a producer says who it is', () => expectTheSame(async (talk) => [
  await talk.init(4), await talk.init(4, 0), await talk.init(4, 0), await talk.init(4, 1), await talk.init(4, 0), await talk.init(3, 0), await talk.describe(),
]))

test('and in the middle of a transaction', () => expectTheSame(async (talk) => [
  await talk.init(4), await talk.add(3, 0, [0]), await talk.produce(0, 0), await talk.init(4, 0), await talk.describe(), await talk.state(), await talk.init(4), await talk.describe(),
]))

test('and for what cannot be', () => expectTheSame(async (talk) => [
  await talk.add(3, 0, [0]), await talk.end(3, 0, true), await talk.addGroup(3, 0), await talk.commitOffset(3, 0, 1), await talk.produce(0, 0),
  await talk.describe(),
  await talk.init(4, undefined, 900_001), await talk.init(4, undefined, 0), await talk.init(4, undefined, -1),
  await talk.init(2), await talk.end(3, 0, true), await talk.end(3, 0, false), await talk.add(3, 0, [0, 7]), await talk.add(3, 0, []).catch(() => 'nothing'), await talk.produce(0, 0), await talk.describe(), await talk.state(),
]))

const who = fc.nat({ max: 3 })
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('init' as const), version: fc.nat({ max: 4 }), given: fc.option(who, { nil: undefined }) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('add' as const), version: fc.nat({ max: 3 }), who, partitions: fc.subarray([0, 1], { minLength: 1 }) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('produce' as const), who, partition: fc.nat({ max: 1 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('addGroup' as const), version: fc.nat({ max: 3 }), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('commitOffset' as const), version: fc.nat({ max: 3 }), who, offset: fc.nat({ max: 99 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('end' as const), version: fc.nat({ max: 3 }), who, committed: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'state' as const }) },
)

test('and to whatever producers ask in whatever order', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), (steps) => expectTheSame(async (talk) => {
    const lines = [await talk.init(4)]
    for (const each of steps) {
      switch (each.kind) {
        case 'init': lines.push(await talk.init(each.version, each.given)); break
        case 'add': lines.push(await talk.add(each.version, each.who, each.partitions)); break
        case 'produce': lines.push(await talk.produce(each.who, each.partition)); break
        case 'addGroup': lines.push(await talk.addGroup(each.version, each.who)); break
        case 'commitOffset': lines.push(await talk.commitOffset(each.version, each.who, each.offset)); break
        case 'end': lines.push(await talk.end(each.version, each.who, each.committed)); break
        case 'state': lines.push(await talk.describe(), await talk.state())
      }
    }
    return [...lines, await talk.describe(), await talk.state()]
  })), { numRuns: 25 })
})
