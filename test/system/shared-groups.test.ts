import { spawn } from 'node:child_process'
import { once } from 'node:events'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { kafkaProducer } from '../../src/kafka/kafka-producer.ts'
import { javaArgs } from '../support/kafka-java.ts'
import { startKafka } from '../support/kafka-server.ts'
import type { KafkaServer } from '../support/kafka-server.ts'
import { runToolJson, startTool } from '../support/run-tool.ts'
import { createTopic } from '../support/topics.ts'
import { waitUntil } from '../support/wait-until.ts'

/** A consumer in the group, of whatever make. */
interface Consumer {
  /** Values so far. */
  read(): string[]
  /** As its user would end it; resolves when it is gone. */
  end(): Promise<void>
}

type Start = (brokers: readonly string[], topic: string) => Consumer | Promise<Consumer>

const partitions = 4

function program(command: string, args: readonly string[]): Consumer {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, JAVA_TOOL_OPTIONS: '' } })
  const exited = once(child, 'exit')
  onTestFinished(() => void child.kill('SIGKILL'))
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
  return {
    read: () => text.split('\n').slice(0, -1),
    async end() {
      child.kill('SIGINT')
      await exited
    },
  }
}

const ours: Start = (brokers, topic) => {
  const run = startTool(brokers, ['consume', topic, '--group', topic, '--from-beginning'])
  onTestFinished(() => run.interrupt())
  return {
    read: () => run.output().toString('utf8').split('\n').slice(0, -1),
    end() {
      run.interrupt()
      return run.ended
    },
  }
}

const others: readonly (readonly [string, Start])[] = [
  ['kcat', (brokers, topic) => program('kcat', ['-q', '-u', '-b', brokers.join(','), '-X', 'auto.offset.reset=earliest', '-G', topic, topic])],
  ['kafka-console-consumer', async (brokers, topic) => program('java', await javaArgs('org.apache.kafka.tools.consumer.ConsoleConsumer', ['--bootstrap-server', brokers.join(','), '--topic', topic, '--group', topic, '--from-beginning']))],
  ['kafkajs', async (brokers, topic) => {
    const consumer = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).consumer({ groupId: topic })
    const values: string[] = []
    onTestFinished(() => consumer.disconnect())
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ eachMessage: async ({ message }) => void values.push(String(message.value)) })
    return { read: () => values, end: () => consumer.disconnect() }
  }],
]

describe.each(['millrace', 'Apache Kafka'])('on the broker of %s', (make) => {
  let server: KafkaServer | undefined
  let brokers: readonly string[]

  beforeAll(async () => {
    if (make === 'millrace') server = await startKafka({ own: true })
    brokers = server?.brokers ?? inject('kafkaBrokers')
  })
  afterAll(() => server?.stop())

  describe.each(others)('millrace consume --group and %s', (name, other) => {
    test.each([['millrace', ours, other], [name, other, ours]])('share the partitions of a topic, each record read once, when %s leads', async (_, leader, follower) => {
      const topic = `shared-${name}-${leader === ours ? 'ours' : 'theirs'}`
      await createTopic(brokers, topic, partitions)
      const shares = async (): Promise<string> => {
        const [group] = await runToolJson(brokers, ['groups', 'describe', topic]).catch(() => [])
        if (group?.['state'] !== 'Stable') return ''
        return (group['members'] as { partitions: string[] }[]).map((member) => member.partitions.length).sort((a, b) => a - b).join()
      }
      const producer = await kafkaProducer({ brokers }, { acks: 1 })
      let sent = 0
      let flow: Promise<void> = Promise.resolve()
      let flowing = false
      const begin = (): void => {
        flowing = true
        flow = (async () => {
          for (; flowing; await new Promise((resolve) => setImmediate(resolve))) await producer.send({ topic, partition: sent % partitions, value: String(sent++) })
        })()
      }
      const pause = async (): Promise<void> => {
        flowing = false
        await flow
      }
      onTestFinished(async () => {
        await pause()
        await producer.close()
      })

      const first = await leader(brokers, topic)
      await waitUntil('one member with all partitions', async () => await shares() === '4')
      begin()
      await waitUntil('records', () => first.read().length > 100)
      const second = await follower(brokers, topic)
      await waitUntil('two members with two partitions each', async () => await shares() === '2,2')
      await waitUntil('records', () => second.read().length > 100)
      const all = (): Promise<void> => waitUntil('all records', () => first.read().length + second.read().length >= sent)
      if (leader !== ours) {
        // kcat drops the record it holds when it is interrupted.
        await pause()
        await all()
      }
      await first.end()
      if (!flowing) begin()
      const sentBefore = sent
      await waitUntil('one member again', async () => await shares() === '4')
      await waitUntil('more records', () => sent > sentBefore + 100)
      await pause()
      await all()
      await second.end()
      const read = [...first.read(), ...second.read()].map(Number).sort((a, b) => a - b)
      expect(read).toEqual(Array.from({ length: sent }, (_, i) => i))
      expect(await runToolJson(brokers, ['groups', 'describe', topic])).toMatchObject([{ state: 'Empty', offsets: Array.from({ length: partitions }, () => ({ lag: 0 })) }])
    })
  })
})

test('a group of the newer consumer protocol is not said to be without members', async () => {
  const brokers = inject('kafkaBrokers')
  await createTopic(brokers, 'newer-protocol', 1)
  program('java', await javaArgs('org.apache.kafka.tools.consumer.ConsoleConsumer', ['--bootstrap-server', brokers.join(','), '--topic', 'newer-protocol', '--group', 'newer-protocol', '--command-property', 'group.protocol=consumer']))
  await waitUntil('its group', async () => (await runToolJson(brokers, ['groups', 'list'])).some(({ group, state }) => group === 'newer-protocol' && state === 'Stable'))
  const describing = startTool(brokers, ['groups', 'describe', 'newer-protocol'])
  await describing.ended
  expect(describing.notes).toEqual(["Consumer group 'newer-protocol' is Stable; its members are not shown, for it is of the newer consumer protocol."])
})
