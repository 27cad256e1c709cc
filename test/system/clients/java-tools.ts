import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { javaArgs } from '../../support/kafka-java.ts'
import type { KafkaServer } from '../../support/kafka-server.ts'
import { works } from './client-table.ts'
import { output, runProgram } from './run-program.ts'
import type { HowToRun, Ran } from './run-program.ts'

const client = "Apache Kafka's own tools (Java, 4.3.1)"

/** The tools of Apache Kafka, by what a user of each would do with it. */
export function javaTools(server: () => KafkaServer): void {
  const bootstrap = (): string[] => ['--bootstrap-server', server().brokers[0]!]
  const tool = async (main: string, args: readonly string[], how: HowToRun = {}): Promise<string> => output('java', await javaArgs(main, [...bootstrap(), ...args]), how)
  const tried = async (main: string, args: readonly string[], how: HowToRun = {}): Promise<Ran> => runProgram('java', await javaArgs(main, [...bootstrap(), ...args]), how)
  const topics = (...args: string[]): Promise<string> => tool('org.apache.kafka.tools.TopicCommand', args)
  const groups = (...args: string[]): Promise<string> => tool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', args)
  const create = (topic: string, partitions = 1, ...more: string[]): Promise<string> => topics('--create', '--topic', topic, '--partitions', String(partitions), ...more)
  const consume = (...args: string[]): Promise<string> => tool('org.apache.kafka.tools.consumer.ConsoleConsumer', ['--timeout-ms', '15000', ...args])
  const produce = (topic: string, lines: readonly string[], ...args: string[]): Promise<string> => tool('org.apache.kafka.tools.ConsoleProducer', ['--topic', topic, ...args], { input: lines.map((line) => `${line}\n`).join('') })
  const offsets = (...args: string[]): Promise<string> => tool('org.apache.kafka.tools.GetOffsetShell', args)
  const configs = (...args: string[]): Promise<string> => tool('kafka.admin.ConfigCommand', args)
  const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')
  const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `line ${index}`)

  works(client, 'kafka-topics --create', async () => {
    expect(await create('java-topic', 3, '--config', 'retention.ms=86400000')).toContain('Created topic java-topic.')
    const again = await tried('org.apache.kafka.tools.TopicCommand', ['--create', '--topic', 'java-topic'])
    expect(again.code).toBe(1)
    expect(again.stdout + again.stderr).toContain("Topic 'java-topic' already exists.")
    await topics('--create', '--topic', 'java-topic', '--if-not-exists')
    const replicated = await tried('org.apache.kafka.tools.TopicCommand', ['--create', '--topic', 'three', '--replication-factor', '3'])
    expect(replicated.code).toBe(1)
    expect(replicated.stdout + replicated.stderr).toMatch(/replication factor/i)
  })
  works(client, '--list', async () => {
    expect(lines(await topics('--list'))).toContain('java-topic')
  })
  works(client, '--describe', async () => {
    const text = await topics('--describe', '--topic', 'java-topic')
    expect(text).toMatch(/Topic: java-topic\s.*PartitionCount: 3\s+ReplicationFactor: 1\s+Configs: .*retention\.ms=86400000/)
    for (const partition of [0, 1, 2]) expect(text).toMatch(new RegExp(`Topic: java-topic\\s+Partition: ${partition}\\s+Leader: 1\\s+Replicas: 1\\s+Isr: 1`))
    expect((await tried('org.apache.kafka.tools.TopicCommand', ['--describe', '--topic', 'none'])).stdout).toContain("Topic 'none' does not exist")
  })
  works(client, '--alter --partitions', async () => {
    await topics('--alter', '--topic', 'java-topic', '--partitions', '5')
    expect(await topics('--describe', '--topic', 'java-topic')).toMatch(/PartitionCount: 5/)
    const fewer = await tried('org.apache.kafka.tools.TopicCommand', ['--alter', '--topic', 'java-topic', '--partitions', '2'])
    expect(fewer.code).toBe(1)
    expect(fewer.stdout + fewer.stderr).toMatch(/would not be an increase/)
  })
  works(client, '--delete', async () => {
    await topics('--delete', '--topic', 'java-topic')
    expect(lines(await topics('--list'))).not.toContain('java-topic')
  })

  works(client, 'kafka-console-producer', async () => {
    await create('java-produce')
    await produce('java-produce', numbered(500))
    await produce('java-produce', ['a:1', 'b:2'], '--reader-property', 'parse.key=true', '--reader-property', 'key.separator=:')
    await produce('java-produce', ['sync'], '--sync', '--producer-property', 'acks=1')
    await produce('java-produce', ['never acknowledged'], '--producer-property', 'acks=0')
  })
  works(client, 'all four codecs', async () => {
    await create('java-codecs')
    const sent: string[] = []
    for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
      const some = numbered(200).map((line) => `${codec} ${line}`)
      await produce('java-codecs', some, '--compression-codec', codec)
      sent.push(...some)
    }
    expect(lines(await consume('--topic', 'java-codecs', '--from-beginning', '--max-messages', String(sent.length)))).toEqual(sent)
  })
  works(client, 'kafka-console-consumer of a partition', async () => {
    const all = ['--topic', 'java-produce', '--partition', '0']
    expect(lines(await consume(...all, '--offset', 'earliest', '--max-messages', '504'))).toEqual([...numbered(500), '1', '2', 'sync', 'never acknowledged'])
    expect(lines(await consume(...all, '--offset', '498', '--max-messages', '3'))).toEqual(['line 498', 'line 499', '1'])
    expect(lines(await consume(...all, '--offset', '500', '--max-messages', '2', '--formatter-property', 'print.key=true', '--formatter-property', 'print.offset=true'))).toEqual(['Offset:500\ta\t1', 'Offset:501\tb\t2'])
  })
  works(client, 'in a group', async () => {
    const group = ['--topic', 'java-produce', '--group', 'java-group']
    expect(lines(await consume(...group, '--from-beginning', '--max-messages', '100'))).toEqual(numbered(100))
    expect(lines(await consume(...group, '--max-messages', '10'))).toEqual(numbered(110).slice(100))
  })

  works(client, 'kafka-consumer-groups --list', async () => {
    expect(lines(await groups('--list'))).toContain('java-group')
  })
  works(client, '--describe, its states', async () => {
    expect(await groups('--describe', '--group', 'java-group')).toMatch(/java-group\s+java-produce\s+0\s+110\s+504\s+394/)
    expect(await groups('--describe', '--group', 'java-group', '--state')).toMatch(/java-group\s.*Empty\s+0/)
    expect(await groups('--describe', '--group', 'java-group', '--members')).not.toContain('java-group ')
  })
  works(client, '--reset-offsets', async () => {
    const reset = (...how: string[]): Promise<string> => groups('--reset-offsets', '--group', 'java-group', '--topic', 'java-produce', ...how, '--execute')
    expect(await reset('--to-offset', '42')).toMatch(/java-group\s+java-produce\s+0\s+42/)
    expect(await reset('--shift-by', '-2')).toMatch(/java-group\s+java-produce\s+0\s+40/)
    expect(await reset('--to-latest')).toMatch(/java-group\s+java-produce\s+0\s+504/)
    expect(await reset('--to-datetime', '2020-01-01T00:00:00.000')).toMatch(/java-group\s+java-produce\s+0\s+0/)
    expect(await groups('--describe', '--group', 'java-group')).toMatch(/java-group\s+java-produce\s+0\s+0\s+504\s+504/)
  })
  works(client, '--delete-offsets', async () => {
    expect(await groups('--delete-offsets', '--group', 'java-group', '--topic', 'java-produce')).toMatch(/java-produce\s+0\s+Successful/)
  })
  works(client, '--delete', async () => {
    await consume('--topic', 'java-produce', '--group', 'java-group-2', '--from-beginning', '--max-messages', '1')
    expect(await groups('--delete', '--group', 'java-group-2')).toContain('was successful')
    expect(lines(await groups('--list'))).not.toContain('java-group-2')
  })

  works(client, 'kafka-get-offsets', async () => {
    expect(lines(await offsets('--topic', 'java-produce'))).toEqual(['java-produce:0:504'])
    expect(lines(await offsets('--topic', 'java-produce', '--time', 'earliest'))).toEqual(['java-produce:0:0'])
    expect(lines(await offsets('--topic', 'java-produce', '--time', 'max-timestamp'))).toEqual(['java-produce:0:503'])
    expect(lines(await offsets('--topic', 'java-produce', '--time', '1577836800000'))).toEqual(['java-produce:0:0'])
  })
  works(client, 'kafka-configs --describe and --alter of topics', async () => {
    const topic = ['--entity-type', 'topics', '--entity-name', 'java-produce']
    await configs('--alter', ...topic, '--add-config', 'retention.ms=3600000,cleanup.policy=[compact,delete]')
    expect(await configs('--describe', ...topic)).toMatch(/cleanup\.policy=compact,delete[\s\S]*retention\.ms=3600000|retention\.ms=3600000[\s\S]*cleanup\.policy=compact,delete/)
    await configs('--alter', ...topic, '--delete-config', 'retention.ms,cleanup.policy')
    expect(await configs('--describe', ...topic)).not.toContain('retention.ms=3600000')
    expect(await configs('--describe', ...topic, '--all')).toMatch(/retention\.ms=\S+ sensitive=false synonyms=\{/)
    const wrong = await tried('kafka.admin.ConfigCommand', ['--alter', ...topic, '--add-config', 'retention.ms=soon'])
    expect(wrong.code).toBe(1)
    expect(wrong.stdout + wrong.stderr).toContain('retention.ms')
  })
  works(client, 'of the broker', async () => {
    await configs('--alter', '--entity-type', 'brokers', '--entity-default', '--add-config', 'log.retention.ms=7200000')
    expect(await configs('--describe', '--entity-type', 'brokers', '--entity-default')).toContain('log.retention.ms=7200000')
    await configs('--alter', '--entity-type', 'brokers', '--entity-name', '1', '--add-config', 'message.max.bytes=2000000')
    expect(await configs('--describe', '--entity-type', 'brokers', '--entity-name', '1')).toContain('message.max.bytes=2000000')
    await configs('--alter', '--entity-type', 'brokers', '--entity-name', '1', '--delete-config', 'message.max.bytes')
    await configs('--alter', '--entity-type', 'brokers', '--entity-default', '--delete-config', 'log.retention.ms')
    expect(await configs('--describe', '--entity-type', 'brokers', '--entity-name', '1', '--all')).toMatch(/num\.partitions=\d+/)
  })
  works(client, 'kafka-delete-records', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'millrace-clients-'))
    try {
      const file = join(dir, 'offsets.json')
      await writeFile(file, JSON.stringify({ version: 1, partitions: [{ topic: 'java-produce', partition: 0, offset: 300 }] }))
      expect(await tool('org.apache.kafka.tools.DeleteRecordsCommand', ['--offset-json-file', file])).toMatch(/java-produce-0\s+low_watermark: 300/)
      expect(lines(await offsets('--topic', 'java-produce', '--time', 'earliest'))).toEqual(['java-produce:0:300'])
      expect(lines(await consume('--topic', 'java-produce', '--partition', '0', '--offset', 'earliest', '--max-messages', '1'))).toEqual(['line 300'])
    } finally {
      await rm(dir, { recursive: true })
    }
  })
  works(client, 'kafka-broker-api-versions', async () => {
    const text = await tool('org.apache.kafka.tools.BrokerApiVersionsCommand', [])
    for (const api of ['Produce', 'Fetch', 'Metadata', 'ApiVersions', 'JoinGroup']) expect(text).toMatch(new RegExp(`${api}\\(\\d+\\): .*\\[usable: \\d+\\]`))
  })
  works(client, 'kafka-cluster cluster-id', async () => {
    const text = await output('java', await javaArgs('org.apache.kafka.tools.ClusterTool', ['cluster-id', ...bootstrap()]))
    expect(text).toMatch(/Cluster ID: \S{10,}/)
  })
  works(client, 'kafka-log-dirs', async () => {
    const text = await tool('org.apache.kafka.tools.LogDirsCommand', ['--describe', '--topic-list', 'java-produce'])
    expect(text).toMatch(/"partition":"java-produce-0","size":[1-9]/)
  })

  works(client, 'kafka-verifiable-producer', async () => {
    await create('java-verifiable', 2)
    const text = await tool('org.apache.kafka.tools.VerifiableProducer', ['--topic', 'java-verifiable', '--max-messages', '2000', '--throughput', '-1'])
    expect(text).toMatch(/"name":"tool_data".*"sent":2000/)
    expect(text).toMatch(/"acked":2000/)
  })
  works(client, 'kafka-verifiable-consumer', async () => {
    const text = await tool('org.apache.kafka.tools.VerifiableConsumer', ['--topic', 'java-verifiable', '--group-id', 'java-verifiable', '--max-messages', '2000', '--reset-policy', 'earliest'])
    const consumed = text.split('\n').filter((line) => line.includes('records_consumed')).map((line) => (JSON.parse(line) as { count: number }).count)
    expect(consumed.reduce((sum, count) => sum + count, 0)).toBe(2000)
  })
  works(client, 'kafka-producer-perf-test', async () => {
    await create('java-perf', 4)
    expect(await tool('org.apache.kafka.tools.ProducerPerformance', ['--topic', 'java-perf', '--num-records', '50000', '--record-size', '100', '--throughput', '-1'])).toContain('50000 records sent')
  })
  works(client, 'kafka-consumer-perf-test', async () => {
    const text = await tool('org.apache.kafka.tools.ConsumerPerformance', ['--topic', 'java-perf', '--num-records', '50000', '--timeout', '20000'])
    expect(text.split('\n').at(-2)!.split(', ')[4]).toBe('50000')
  })
  works(client, 'transactions and read_committed', async () => {
    await create('java-transactions')
    const perf = ['--topic', 'java-transactions', '--num-records', '3000', '--record-size', '20', '--throughput', '3000', '--transactional-id', 'java-perf', '--transaction-duration-ms', '100']
    expect(await tool('org.apache.kafka.tools.ProducerPerformance', perf)).toContain('3000 records sent')
    expect(lines(await consume('--topic', 'java-transactions', '--from-beginning', '--isolation-level', 'read_committed', '--max-messages', '3000'))).toHaveLength(3000)
    expect(await output('java', await javaArgs('org.apache.kafka.tools.TransactionsCommand', [...bootstrap(), 'describe', '--transactional-id', 'java-perf']))).toMatch(/CompleteCommit/)
  })
  works(client, 'kafka-reassign-partitions', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'millrace-clients-'))
    try {
      const moved = join(dir, 'topics.json')
      await writeFile(moved, JSON.stringify({ version: 1, topics: [{ topic: 'java-produce' }] }))
      const proposal = await tool('org.apache.kafka.tools.reassign.ReassignPartitionsCommand', ['--topics-to-move-json-file', moved, '--broker-list', '1', '--generate'])
      const plan = join(dir, 'plan.json')
      await writeFile(plan, lines(proposal).at(-1)!)
      await tool('org.apache.kafka.tools.reassign.ReassignPartitionsCommand', ['--reassignment-json-file', plan, '--execute'])
      expect(await tool('org.apache.kafka.tools.reassign.ReassignPartitionsCommand', ['--reassignment-json-file', plan, '--verify'])).toMatch(/java-produce-0 is completed/)
    } finally {
      await rm(dir, { recursive: true })
    }
  })
}
