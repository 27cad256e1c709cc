import kafkajs from 'kafkajs'
import type { Consumer, Kafka, KafkaMessage } from 'kafkajs'
import { expect } from 'vitest'
import type { KafkaServer } from '../../support/kafka-server.ts'
import { works } from './client-table.ts'

const client = 'kafkajs 2.2.4'

/** What a user of kafkajs does. */
export function kafkajsClient(server: () => KafkaServer): void {
  const kafka = (): Kafka => new kafkajs.Kafka({ brokers: server().brokers, logLevel: kafkajs.logLevel.NOTHING, retry: { initialRetryTime: 50, retries: 10 } })
  const withAdmin = async <T>(call: (admin: kafkajs.Admin) => Promise<T>): Promise<T> => {
    const admin = kafka().admin()
    await admin.connect()
    try {
      return await call(admin)
    } finally {
      await admin.disconnect()
    }
  }
  const produce = async (topic: string, values: readonly string[], options: Partial<kafkajs.ProducerRecord> = {}, config: kafkajs.ProducerConfig = {}): Promise<void> => {
    const producer = kafka().producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner, ...config })
    await producer.connect()
    await producer.send({ topic, messages: values.map((value) => ({ value })), ...options })
    await producer.disconnect()
  }
  const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `line ${index}`)

  works(client, 'admin: topics, partitions, offsets, configs, records, groups', async () => {
    await withAdmin(async (admin) => {
      expect(await admin.createTopics({ topics: [{ topic: 'js-topic', numPartitions: 2, configEntries: [{ name: 'retention.ms', value: '86400000' }] }], waitForLeaders: true })).toBe(true)
      expect(await admin.createTopics({ topics: [{ topic: 'js-topic' }] })).toBe(false)
      expect(await admin.listTopics()).toContain('js-topic')
      await admin.createPartitions({ topicPartitions: [{ topic: 'js-topic', count: 3 }] })
      expect((await admin.fetchTopicMetadata({ topics: ['js-topic'] })).topics[0]!.partitions).toHaveLength(3)
      await produce('js-topic', numbered(10), { messages: numbered(10).map((value) => ({ value, partition: 0 })) })
      expect((await admin.fetchTopicOffsets('js-topic')).find(({ partition }) => partition === 0)).toMatchObject({ low: '0', high: '10' })
      await admin.deleteTopicRecords({ topic: 'js-topic', partitions: [{ partition: 0, offset: '4' }] })
      expect((await admin.fetchTopicOffsets('js-topic')).find(({ partition }) => partition === 0)).toMatchObject({ low: '4', high: '10' })
      await admin.alterConfigs({ validateOnly: false, resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: 'js-topic', configEntries: [{ name: 'retention.ms', value: '1000' }] }] })
      const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: 'js-topic' }] })
      expect(resources[0]!.configEntries.find(({ configName }) => configName === 'retention.ms')!.configValue).toBe('1000')
      await admin.setOffsets({ groupId: 'js-set', topic: 'js-topic', partitions: [{ partition: 0, offset: '7' }] })
      expect((await admin.fetchOffsets({ groupId: 'js-set', topics: ['js-topic'] }))[0]!.partitions.find(({ partition }) => partition === 0)!.offset).toBe('7')
      expect((await admin.listGroups()).groups.map(({ groupId }) => groupId)).toContain('js-set')
      await admin.deleteGroups(['js-set'])
      await admin.deleteTopics({ topics: ['js-topic'] })
      expect(await admin.listTopics()).not.toContain('js-topic')
      expect((await admin.describeCluster()).brokers).toHaveLength(1)
    })
  })
  works(client, 'produce: acks 0, 1, all, gzip, keys and headers, idempotent', async () => {
    await withAdmin((admin) => admin.createTopics({ topics: [{ topic: 'js-produce', numPartitions: 1 }], waitForLeaders: true }))
    await produce('js-produce', numbered(100), { acks: 1 })
    await produce('js-produce', numbered(100), { acks: -1, compression: kafkajs.CompressionTypes.GZIP })
    await produce('js-produce', ['never acknowledged'], { acks: 0 })
    await produce('js-produce', ['idempotent'], { messages: [{ key: 'k', value: 'idempotent', headers: { a: 'b' } }] }, { idempotent: true, maxInFlightRequests: 1 })
  })
  works(client, 'consume in a group, commit, seek, go on', async () => {
    const read = async (count: number, prepare: (consumer: Consumer) => void = () => {}): Promise<KafkaMessage[]> => {
      const consumer = kafka().consumer({ groupId: 'js-group', sessionTimeout: 6000, maxWaitTimeInMs: 100 })
      await consumer.connect()
      await consumer.subscribe({ topic: 'js-produce', fromBeginning: true })
      const messages: KafkaMessage[] = []
      const all = Promise.withResolvers<void>()
      await consumer.run({
        eachMessage: ({ message }) => {
          messages.push(message)
          if (messages.length >= count) all.resolve()
          return Promise.resolve()
        },
      })
      prepare(consumer)
      await all.promise
      await consumer.disconnect()
      return messages
    }
    const first = await read(202)
    expect(first.map(({ value }) => value!.toString())).toEqual([...numbered(100), ...numbered(100), 'never acknowledged', 'idempotent'])
    expect(first.at(-1)).toMatchObject({ key: Buffer.from('k'), headers: { a: Buffer.from('b') } })
    await produce('js-produce', ['later'])
    expect((await read(1)).map(({ value }) => value!.toString())).toEqual(['later'])
    expect((await read(3, (consumer) => consumer.seek({ topic: 'js-produce', partition: 0, offset: '200' }))).map(({ offset }) => offset)).toEqual(['200', '201', '202'])
  })
  works(client, 'two consumers share partitions and rebalance', async () => {
    await withAdmin((admin) => admin.createTopics({ topics: [{ topic: 'js-shared', numPartitions: 4 }], waitForLeaders: true }))
    const join = async (): Promise<{ consumer: Consumer; shares: number[] }> => {
      const consumer = kafka().consumer({ groupId: 'js-shared', sessionTimeout: 6000, heartbeatInterval: 300, maxWaitTimeInMs: 100 })
      const shares: number[] = []
      consumer.on('consumer.group_join', ({ payload }) => shares.push(payload.memberAssignment['js-shared']?.length ?? 0))
      await consumer.connect()
      await consumer.subscribe({ topic: 'js-shared' })
      await consumer.run({ eachMessage: () => Promise.resolve() })
      return { consumer, shares }
    }
    const first = await join()
    await expect.poll(() => first.shares.at(-1), { timeout: 20_000 }).toBe(4)
    const second = await join()
    await expect.poll(() => [first.shares.at(-1), second.shares.at(-1)], { timeout: 20_000 }).toEqual([2, 2])
    await second.consumer.disconnect()
    await expect.poll(() => first.shares.at(-1), { timeout: 20_000 }).toBe(4)
    await first.consumer.disconnect()
  })
  works(client, 'transactions with offsets, committed and aborted', async () => {
    await withAdmin((admin) => admin.createTopics({ topics: [{ topic: 'js-transactions', numPartitions: 1 }], waitForLeaders: true }))
    const producer = kafka().producer({ transactionalId: 'js-transactions', idempotent: true, maxInFlightRequests: 1, createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await producer.connect()
    for (let round = 0; round < 6; round++) {
      const transaction = await producer.transaction()
      await transaction.send({ topic: 'js-transactions', messages: [{ value: `round ${round}` }] })
      await transaction.sendOffsets({ consumerGroupId: 'js-transactional', topics: [{ topic: 'js-transactions', partitions: [{ partition: 0, offset: String(round) }] }] })
      await (round % 2 === 0 ? transaction.commit() : transaction.abort())
    }
    await producer.disconnect()
    const committed = await withAdmin((admin) => admin.fetchOffsets({ groupId: 'js-transactional', topics: ['js-transactions'] }))
    expect(committed[0]!.partitions[0]!.offset).toBe('4')
    const consumer = kafka().consumer({ groupId: 'js-committed', maxWaitTimeInMs: 100 })
    await consumer.connect()
    await consumer.subscribe({ topic: 'js-transactions', fromBeginning: true })
    const seen: string[] = []
    await consumer.run({
      eachMessage: ({ message }) => {
        seen.push(message.value!.toString())
        return Promise.resolve()
      },
    })
    await expect.poll(() => seen, { timeout: 20_000 }).toEqual(['round 0', 'round 2', 'round 4'])
    await consumer.disconnect()
  })
}
