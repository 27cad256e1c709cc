import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { javaArgs } from '../../support/kafka-java.ts'
import { startKafka } from '../../support/kafka-server.ts'
import type { KafkaServer } from '../../support/kafka-server.ts'
import { createTopic } from '../../support/topics.ts'
import { output } from '../clients/run-program.ts'

/** With `apache` the same tests run on Apache Kafka, which shows that they ask for what it does. */
const onApache = process.env['MILLRACE_CLIENTS_ON'] === 'apache'
let server: KafkaServer

beforeAll(async () => {
  server = await startKafka({ own: !onApache, config: { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '200' } })
})
afterAll(() => server.stop())

const program = (name: string): string => fileURLToPath(new URL(`../../support/java/${name}.java`, import.meta.url))
const bootstrap = (): string[] => ['--bootstrap-server', server.brokers[0]!]
const tool = async (...args: string[]): Promise<string> => output('java', await javaArgs('org.apache.kafka.tools.TransactionsCommand', [...bootstrap(), ...args]))
const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')

/** What a consumer of committed records sees now. */
async function committed(topic: string): Promise<string[]> {
  return lines(await output('kcat', ['-C', '-q', '-e', '-b', server.brokers[0]!, '-t', topic, '-o', 'beginning', '-X', 'isolation.level=read_committed']))
}

interface JavaProgram {
  /** Resolves when it has printed a line like this; rejects when it ends before. */
  says(pattern: RegExp): Promise<string>
  enter(): void
  kill(): void
  readonly ended: Promise<number | null>
}

async function start(name: string, ...args: string[]): Promise<JavaProgram> {
  const child = spawn('java', await javaArgs(program(name), [server.brokers[0]!, ...args]), { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, JAVA_TOOL_OPTIONS: '' } })
  let text = ''
  let faults = ''
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (faults += chunk.toString()))
  return {
    says: (pattern) => new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(text)
        if (found !== null) resolve(found[0])
      }
      child.stdout.on('data', look)
      void ended.then(() => reject(new Error(`${name} ended without ${pattern}:\n${text.slice(-1000)}\n${faults.slice(-3000)}`)))
      look()
    }),
    enter: () => child.stdin.end('\n'),
    kill: () => void child.kill('SIGKILL'),
    ended,
  }
}

test('a Java program that copies a topic in transactions copies each record once, killed though it is', async () => {
  await Promise.all([createTopic(server.brokers, 'from', 3), createTopic(server.brokers, 'to', 3)])
  const numbers = Array.from({ length: 600 }, (_, i) => String(i))
  await output('java', await javaArgs('org.apache.kafka.tools.ConsoleProducer', [...bootstrap(), '--topic', 'from', '--property', 'parse.key=true', '--property', 'key.separator=:']), { input: numbers.map((number) => `${number}:${number}\n`).join('') })
  for (const transactions of [2, 12, 25]) {
    const copying = await start('TransactionalCopy', 'from', 'to', '600')
    await copying.says(new RegExp(`(committed \\d+\\s+){${transactions}}`))
    copying.kill()
    await copying.ended
  }
  const copying = await start('TransactionalCopy', 'from', 'to', '600')
  await copying.says(/done/)
  expect(await copying.ended).toBe(0)
  expect((await committed('to')).sort()).toEqual(numbers.sort())
  const seenByJava = await output('java', await javaArgs('org.apache.kafka.tools.consumer.ConsoleConsumer', [...bootstrap(), '--topic', 'to', '--from-beginning', '--isolation-level', 'read_committed', '--max-messages', '600', '--timeout-ms', '30000']))
  expect(lines(seenByJava).sort()).toEqual(numbers)
})

test('the transactions tool sees an open transaction, and can end it', async () => {
  await createTopic(server.brokers, 'seen', 1)
  const open = await start('OpenTransaction', 'seen', 'to-be-ended', '60000')
  await open.says(/open/)
  expect(await tool('list')).toMatch(/to-be-ended\s.*Ongoing/)
  expect(await tool('describe', '--transactional-id', 'to-be-ended')).toMatch(/to-be-ended\s.*Ongoing.*60000.*seen-0/)
  expect(await tool('describe-producers', '--topic', 'seen', '--partition', '0')).toMatch(/\d+\s+0\s+-?\d+\s+0\s+\d+\s+0\s/)
  await tool('forceTerminateTransaction', '--transactionalId', 'to-be-ended')
  expect(await tool('describe', '--transactional-id', 'to-be-ended')).not.toMatch(/Ongoing/)
  open.enter()
  expect(await open.says(/refused \w+/)).toMatch(/ProducerFenced|InvalidProducerEpoch/)
  expect(await committed('seen')).toEqual([])
})

test('a transaction that takes too long is rolled back, and its producer told', async () => {
  await createTopic(server.brokers, 'slow', 1)
  const open = await start('OpenTransaction', 'slow', 'too-slow', '1000')
  await open.says(/open/)
  await expect.poll(() => tool('list'), { timeout: 30_000 }).toMatch(/too-slow\s.*CompleteAbort/)
  open.enter()
  await open.says(/refused \w+/)
  expect(await committed('slow')).toEqual([])
})

test.each(['SIGTERM', 'SIGKILL'] as const)('a broker that is ended by %s and started again lets an open transaction go on', async (signal) => {
  const name = `patient-${signal}`
  await createTopic(server.brokers, name, 1)
  const open = await start('OpenTransaction', name, name, '60000')
  await open.says(/open/)
  await server.kill(signal)
  await server.start()
  open.enter()
  expect(await open.says(/committed|refused \w+/)).toBe('committed')
  expect(await committed(name)).toEqual([`from ${name}`])
})
