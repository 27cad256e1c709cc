import { Admin, Consumer, MessagesStreamModes, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import { expect } from 'vitest'
import type { KafkaServer } from '../../support/kafka-server.ts'
import { works } from './client-table.ts'
import { output } from './run-program.ts'

const client = '@platformatic/kafka'

/** What a user of @platformatic/kafka does. */
export function platformaticClient(server: () => KafkaServer): void {
  const base = () => ({ clientId: 'platformatic', bootstrapBrokers: server().brokers })
  const numbered = (count: number, prefix = 'line'): string[] => Array.from({ length: count }, (_, index) => `${prefix} ${index}`)
  const withAdmin = async (call: (admin: Admin) => Promise<void>): Promise<void> => {
    const admin = new Admin(base())
    try {
      await call(admin)
    } finally {
      await admin.close()
    }
  }
  const createTopic = (topic: string, partitions = 1): Promise<void> => withAdmin(async (admin) => void await admin.createTopics({ topics: [topic], partitions, replicas: 1 }))

  /** The first records a new stream of the group brings. */
  const read = async (groupId: string, topic: string, count: number, how: Partial<Parameters<Consumer<string, string>['consume']>[0]> = {}): Promise<string[]> => {
    const consumer = new Consumer({ ...base(), groupId, deserializers: stringDeserializers })
    const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.COMMITTED, fallbackMode: 'earliest', autocommit: false, maxWaitTime: 100, sessionTimeout: 10_000, heartbeatInterval: 500, ...how } as Parameters<typeof consumer.consume>[0])
    const values: string[] = []
    try {
      for await (const message of stream) {
        values.push(message.value)
        if (values.length === count) {
          await message.commit()
          break
        }
      }
    } finally {
      await stream.close()
      await consumer.close()
    }
    return values
  }

  works(client, 'admin: topics, partitions, configs, groups', async () => {
    await withAdmin(async (admin) => {
      await admin.createTopics({ topics: ['pf-topic'], partitions: 2, replicas: 1, configs: [{ name: 'retention.ms', value: '86400000' }] })
      expect(await admin.listTopics()).toContain('pf-topic')
      await admin.createPartitions({ topics: [{ name: 'pf-topic', count: 3, assignments: null }] })
      const metadata = await admin.metadata({ topics: ['pf-topic'], forceUpdate: true })
      expect(metadata.topics.get('pf-topic')!.partitionsCount).toBe(3)
      const configs = await admin.describeConfigs({ resources: [{ resourceType: 2, resourceName: 'pf-topic', configurationKeys: ['retention.ms'] }], includeSynonyms: true, includeDocumentation: true })
      expect(JSON.stringify(configs, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).toContain('86400000')
      await admin.incrementalAlterConfigs({ resources: [{ resourceType: 2, resourceName: 'pf-topic', configs: [{ name: 'retention.ms', configOperation: 0, value: '1000' }] }], validateOnly: false })
      await admin.deleteTopics({ topics: ['pf-topic'] })
      expect(await admin.listTopics()).not.toContain('pf-topic')
    })
  })
  works(client, 'produce with every codec, keys, idempotent', async () => {
    await createTopic('pf-produce')
    for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
      const producer = new Producer({ ...base(), serializers: stringSerializers, compression, idempotent: compression === 'zstd' })
      await producer.send({ messages: numbered(100, compression).map((value) => ({ topic: 'pf-produce', partition: 0, key: 'k', value })) })
      await producer.close()
    }
  })
  works(client, 'consume in a group, commit and go on', async () => {
    expect(await read('pf-group', 'pf-produce', 300)).toEqual([...numbered(100, 'none'), ...numbered(100, 'gzip'), ...numbered(100, 'snappy')])
    expect(await read('pf-group', 'pf-produce', 200)).toEqual([...numbered(100, 'lz4'), ...numbered(100, 'zstd')])
  })
  works(client, 'consume from a given offset', async () => {
    const offsets = [{ topic: 'pf-produce', partition: 0, offset: 150n }]
    expect(await read('pf-offset', 'pf-produce', 2, { mode: MessagesStreamModes.MANUAL, offsets })).toEqual(['gzip 50', 'gzip 51'])
  })
  works(client, 'as static member', async () => {
    expect(await read('pf-static', 'pf-produce', 1, { groupInstanceId: 'one' })).toEqual(['none 0'])
    expect(await read('pf-static', 'pf-produce', 1, { groupInstanceId: 'one' })).toEqual(['none 1'])
  })
  works(client, 'transactional producer', async () => {
    await createTopic('pf-transactions')
    const producer = new Producer({ ...base(), serializers: stringSerializers, transactionalId: 'pf-transactions', idempotent: true })
    for (let round = 0; round < 4; round++) {
      const transaction = await producer.beginTransaction()
      await transaction.send({ messages: [{ topic: 'pf-transactions', partition: 0, key: 'k', value: `round ${round}` }] })
      await (round % 2 === 0 ? transaction.commit() : transaction.abort())
    }
    await producer.close()
    // Its consumer does not filter aborted records, so another one reads.
    const committed = await output('kcat', ['-q', '-b', server().brokers[0]!, '-C', '-e', '-t', 'pf-transactions', '-X', 'isolation.level=read_committed'])
    expect(committed).toBe('round 0\nround 2\n')
  })
}
