import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { kafkaSpout } from '../../src/kafka/index.ts'
import { countWords, hostileSentences } from '../support/data/sentences.ts'
import { expectCounted } from '../support/expect-counted.ts'
import { startKafka } from '../support/kafka-server.ts'
import type { KafkaNode, KafkaServer } from '../support/kafka-server.ts'
import { assigned, killSources, names, startMember } from '../support/members.ts'
import { killLeftovers } from '../support/millrace-process.ts'
import { runWithLines } from '../support/run-with-lines.ts'
import { scenario } from '../support/scenario.ts'
import { reading, values } from '../support/spout-reader.ts'
import { createTopic, partitionLeaders, produce, replicasInSync } from '../support/topics.ts'
import { waitUntil } from '../support/wait-until.ts'

let kafka: KafkaServer

beforeAll(async () => {
  kafka = await startKafka({ brokers: 3 })
})
beforeEach(async () => {
  await kafka.start()
  await replicasInSync(kafka.brokers, '__consumer_offsets')
})
afterEach(async () => {
  await Promise.all([killLeftovers(), killSources()])
})
afterAll(() => kafka.stop())

/** The node that leads the topic's first partition. */
async function leaderOf(topic: string): Promise<KafkaNode> {
  const [leader] = await partitionLeaders(kafka.brokers, topic)
  return kafka.nodes.find(({ broker }) => broker === leader)!
}

test('counts stay exact when the leaders of a cluster are killed with -9, one after another', async () => {
  const run = await scenario({ brokers: kafka.brokers, replicas: 3 })
  const sent: string[] = []
  const send = async (seed: number): Promise<void> => {
    const sentences = [...hostileSentences(3000, seed)]
    const alive = kafka.nodes.filter((node) => node.pid !== undefined).map((node) => node.broker)
    await waitUntil('new leaders', async () => (await partitionLeaders(alive, run.topic)).every((leader) => alive.includes(leader)))
    await produce(alive, run.topic, sentences.map((value, i) => ({ partition: i % 4, value })))
    sent.push(...sentences)
  }
  await send(1)
  const millrace = run.start()
  await expectCounted(run, millrace, sent)
  for (const node of kafka.nodes) {
    await node.kill()
    await send(node.id + 1)
    await expectCounted(run, millrace, sent)
    await node.start()
  }

  millrace.kill('SIGTERM')
  expect(await millrace.ended).toMatchObject({ code: 0 })
  expect(await run.wrongCounts(countWords(sent))).toEqual([])
})

test('a cluster that loses the broker which coordinates the group keeps everybody where they were', async () => {
  await createTopic(kafka.brokers, 'moves', 2, {}, 3)
  const source = startMember(kafka.brokers, 'moves', 'a', { sessionTimeoutMs: 30_000 })
  await source.next(assigned(2), 0)
  await (await leaderOf('__consumer_offsets')).kill()
  const other = startMember(kafka.brokers, 'moves', 'b', { sessionTimeoutMs: 30_000, startTimeoutMs: 60_000 })
  await Promise.all([other.next(assigned(1), 0), source.next(assigned(1), 0)])
  expect(names(source)).toEqual(['start', 'assigned', 'revoked', 'assigned'])
})

test('a leader killed with -9: its partitions go on from their new leaders, each record once, in order', async () => {
  await createTopic(kafka.brokers, 'moving', 3, {}, 3)
  // kcat goes on when a leader dies; kafkajs's producer does not when the controller does.
  const write = async (from: number, to: number): Promise<void> => {
    const lines = Array.from({ length: to - from }, (_, i) => String(from + i))
    await Promise.all([0, 1, 2].map((partition) => runWithLines('kcat', ['-P', '-q', '-b', kafka.brokers.join(','), '-t', 'moving', '-p', String(partition), '-X', 'enable.idempotence=true'], lines)))
  }
  await write(0, 100)
  const reader = await reading(kafkaSpout({ topic: 'moving', value: 'utf8' }), kafka.brokers, { 'moving/0': 0, 'moving/1': 0, 'moving/2': 0 })
  await reader.until((tuples) => tuples.length >= 300)
  await (await leaderOf('moving')).kill()
  await write(100, 200)
  await reader.until((tuples) => tuples.length >= 600)
  await kafka.start()
  await write(200, 300)
  const tuples = await reader.until((all) => all.length >= 900)
  for (const partition of [0, 1, 2]) {
    expect(values(tuples.filter((tuple) => tuple['partition'] === partition))).toEqual(Array.from({ length: 300 }, (_, i) => String(i)))
  }
})
