import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { kafkaProducer } from '../../src/kafka/kafka-producer.ts'
import { codecs } from '../../src/wire/codec.ts'
import { startKafka } from '../support/kafka-server.ts'
import type { KafkaServer } from '../support/kafka-server.ts'
import { runTool, runToolJson } from '../support/run-tool.ts'
import { partitionLeaders, replicasInSync } from '../support/topics.ts'
import { waitUntil } from '../support/wait-until.ts'

describe('what the producer writes', () => {
  test.each(codecs)('is read by kcat, compressed by %s', async (codec) => {
    const brokers = inject('kafkaBrokers')
    const topic = `written-${codec}`
    await runTool(brokers, ['topics', 'create', topic])
    const lines = Array.from({ length: 5_000 }, (_, i) => `key ${i}:value ${i} äöü\n`).join('')
    await runTool(brokers, ['produce', topic, '--compression', codec, '--key-separator', ':', '--header', 'h=1', '--header', 'i=2'], lines)
    const read = execFileSync('kcat', ['-C', '-q', '-e', '-b', brokers[0]!, '-t', topic, '-o', 'beginning', '-f', '%k:%s|%h|%o\n'], { encoding: 'utf8' })
    expect(read).toBe(lines.trimEnd().split('\n').map((line, i) => `${line}|h=1,i=2|${i}\n`).join(''))
  })
})

describe('three brokers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-reassign-'))
  let kafka: KafkaServer

  beforeAll(async () => {
    kafka = await startKafka({ brokers: 3 })
  })
  afterAll(async () => {
    await kafka.stop()
    rmSync(folder, { recursive: true })
  })

  test('exchange the replicas of a topic as the tools propose, with all records', async () => {
    const { brokers } = kafka
    await runTool(brokers, ['topics', 'create', 'moving', '--partitions', '3', '--replication-factor', '1'])
    const text = Array.from({ length: 3_000 }, (_, i) => `${i}\n`).join('')
    await runTool(brokers, ['produce', 'moving', '--partition', '0'], text)
    const [proposal] = await runToolJson(brokers, ['reassign', 'generate', '--topic', 'moving']) as [{ current: { partitions: { replicas: number[] }[] }; proposed: { partitions: { replicas: number[] }[] } }]
    expect(new Set(proposal.proposed.partitions.flatMap(({ replicas }) => replicas)).size).toBe(3)

    const before = proposal.current.partitions[0]!.replicas[0]!
    const after = [1, 2, 3].filter((node) => node !== before)
    const plan = join(folder, 'plan.json')
    writeFileSync(plan, JSON.stringify({ version: 1, partitions: [{ topic: 'moving', partition: 0, replicas: after }] }))
    expect(await runTool(brokers, ['reassign', 'execute', '--reassignment-json-file', plan])).toContain('Successfully started partition reassignment for moving-0\n')
    await waitUntil('the move', async () => (await runTool(brokers, ['reassign', 'verify', '--reassignment-json-file', plan])).includes('Reassignment of partition moving-0 is completed.'))
    expect(await runTool(brokers, ['topics', 'describe', 'moving'])).toMatch(new RegExp(`Partition: 0\tLeader: \\d\tReplicas: ${after.join(',')}\t`))
    expect(await runTool(brokers, ['consume', 'moving', '--partition', '0', '--from-beginning', '--until-caught-up'])).toBe(text)
  })

  test('get every record once and in order, though their leaders are killed one after another', async () => {
    const { brokers } = kafka
    const partitions = 3
    await runTool(brokers, ['topics', 'create', 'killed', '--partitions', String(partitions), '--replication-factor', '3', '--config', 'min.insync.replicas=2'])
    const producer = await kafkaProducer({ brokers })
    const sent: number[] = Array.from({ length: partitions }, () => 0)
    const wrong: string[] = []
    const pending: Promise<void>[] = []
    let stop = false
    const flow = (async () => {
      while (!stop) {
        for (let partition = 0; partition < partitions; partition++) {
          const number = sent[partition]!++
          pending.push(producer.send({ topic: 'killed', partition, value: String(number) }).then(({ offset }) => {
            if (offset !== number && offset !== -1) wrong.push(`${partition}/${number} is said to be at ${offset}`)
          }))
        }
        await delay(1)
      }
    })()
    for (let round = 0; round < 3; round++) {
      const soFar = sent[0]!
      await waitUntil('records to flow', () => sent[0]! > soFar + 500)
      const leader = (await partitionLeaders(brokers, 'killed'))[0]!
      const node = kafka.nodes.find(({ broker }) => broker === leader)!
      await node.kill('SIGKILL')
      await waitUntil('another leader', async () => (await partitionLeaders(brokers.filter((broker) => broker !== leader), 'killed'))[0] !== leader)
      await node.start()
      await replicasInSync(brokers, 'killed')
    }
    stop = true
    await flow
    await producer.close()
    await Promise.all(pending)
    expect(wrong).toEqual([])
    for (let partition = 0; partition < partitions; partition++) {
      const values = await runTool(brokers, ['consume', 'killed', '--partition', String(partition), '--from-beginning', '--until-caught-up'])
      expect(values === Array.from({ length: sent[partition]! }, (_, i) => `${i}\n`).join('')).toBe(true)
    }
  })
})
