import { expect } from 'vitest'
import type { KafkaServer } from '../../support/kafka-server.ts'
import { createTopic } from '../../support/topics.ts'
import { works } from './client-table.ts'
import { output } from './run-program.ts'

const client = 'kcat (librdkafka)'

/** What a user of kcat does. */
export function kcat(server: () => KafkaServer): void {
  const run = (args: readonly string[], input?: string): Promise<string> => output('kcat', ['-q', '-b', server().brokers[0]!, ...args], input === undefined ? {} : { input })
  const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')
  const numbered = (count: number, prefix = 'line'): string[] => Array.from({ length: count }, (_, index) => `${prefix} ${index}`)
  const text = (values: readonly string[]): string => values.map((value) => `${value}\n`).join('')

  works(client, '-L', async () => {
    await createTopic(server().brokers, 'kcat-topic', 3)
    const listing = await output('kcat', ['-L', '-b', server().brokers[0]!])
    expect(listing).toContain('topic "kcat-topic" with 3 partitions')
    expect(listing).toMatch(/partition 2, leader 1, replicas: 1, isrs: 1/)
    expect(JSON.parse(await output('kcat', ['-L', '-J', '-b', server().brokers[0]!, '-t', 'kcat-topic']))).toMatchObject({ topics: [{ topic: 'kcat-topic', partitions: [{ partition: 0 }, { partition: 1 }, { partition: 2 }] }] })
  })
  works(client, '-P with every codec, acks 0, 1 and all, idempotent', async () => {
    await createTopic(server().brokers, 'kcat-produce', 1)
    for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) await run(['-P', '-t', 'kcat-produce', '-p', '0', '-z', codec], text(numbered(200, codec)))
    for (const acks of ['0', '1', 'all']) await run(['-P', '-t', 'kcat-produce', '-p', '0', '-X', `acks=${acks}`], text(numbered(50, `acks ${acks}`)))
    await run(['-P', '-t', 'kcat-produce', '-p', '0', '-X', 'enable.idempotence=true', '-K', ':', '-H', 'name=value'], 'key:idempotent\n')
  })
  works(client, '-C from the beginning, an offset, the end, with keys and headers', async () => {
    const all = [...['none', 'gzip', 'snappy', 'lz4', 'zstd'].flatMap((codec) => numbered(200, codec)), ...['0', '1', 'all'].flatMap((acks) => numbered(50, `acks ${acks}`)), 'idempotent']
    expect(lines(await run(['-C', '-e', '-t', 'kcat-produce', '-o', 'beginning']))).toEqual(all)
    expect(lines(await run(['-C', '-e', '-t', 'kcat-produce', '-p', '0', '-o', '199', '-c', '2']))).toEqual(['none 199', 'gzip 0'])
    expect(lines(await run(['-C', '-e', '-t', 'kcat-produce', '-p', '0', '-o', '-1', '-f', '%o %k %h %s\n']))).toEqual([`${all.length - 1} key name=value idempotent`])
  })
  works(client, '-C with limits of one byte', async () => {
    const small = ['-X', 'fetch.message.max.bytes=1', '-X', 'fetch.max.bytes=1000', '-X', 'message.max.bytes=1000', '-X', 'receive.message.max.bytes=1000000']
    expect(lines(await run(['-C', '-e', '-t', 'kcat-produce', '-o', 'beginning', '-c', '10', ...small]))).toEqual(numbered(10, 'none'))
  })
  works(client, '-G in a group', async () => {
    const group = await output('kcat', ['-q', '-b', server().brokers[0]!, '-e', '-X', 'auto.offset.reset=earliest', '-G', 'kcat-group', 'kcat-produce'])
    expect(lines(group)).toHaveLength(1151)
    expect(lines(await output('kcat', ['-q', '-b', server().brokers[0]!, '-e', '-G', 'kcat-group', 'kcat-produce']))).toEqual([])
  })
  works(client, '-Q offsets by time', async () => {
    expect(await run(['-Q', '-t', 'kcat-produce:0:1577836800000'])).toContain('kcat-produce [0] offset 0')
    expect(await run(['-Q', '-t', 'kcat-produce:0:-1'])).toContain('kcat-produce [0] offset 1151')
  })
}
