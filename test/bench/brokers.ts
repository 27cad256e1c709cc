import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { silentLogger } from '../../src/base/logger.ts'
import { fetchPort } from '../../src/kafka/kafkajs-fetch.ts'
import { openCluster } from '../../src/kafka/kafkajs-cluster.ts'
import { kafkaProducer } from '../../src/kafka/index.ts'
import { scanBatches } from '../../src/wire/record-batch.ts'
import { RecordSetReader } from '../../src/wire/record-set-reader.ts'
import { startKafka } from '../support/kafka-server.ts'
import type { KafkaServer } from '../support/kafka-server.ts'
import { createTopic } from '../support/topics.ts'
import { cpuMs } from './process-usage.ts'
import { median } from './statistics.ts'
import { textTable } from './text-table.ts'

const partitions = 4
const idleSeconds = 10
const recordSizes = [100, 1024]

export interface BrokerRow {
  readonly measure: string
  readonly recordBytes: number
  /** Megabytes of record values a second. */
  readonly apache: number
  readonly own: number
  readonly ratio: number
}

export interface BrokerFigures {
  readonly rows: readonly BrokerRow[]
  /** Process started, without topics → it takes connections. */
  readonly startMs: { readonly apache: number; readonly own: number }
  /** CPU seconds per second of the broker of millrace with nothing to do, in percent of one core. */
  readonly idlePercent: number
}

interface Measure {
  readonly name: string
  /** Share of the bytes that our own path moves: kafkajs would take too long over all of them. */
  readonly share: number
  run(brokers: string[], topic: string, records: number, recordBytes: number): Promise<void>
}

/**
 * Apache Kafka and the broker of millrace, each in a process of its own on the same machine, moved by
 * the same clients: first all is produced, then all is fetched. Nobody waits for the disk (no fsync).
 * Ours is the built one, as `npm install millrace` delivers it.
 */
export async function raceBrokers(options: { readonly runs: number; readonly megabytes: number; print(line: string): void }): Promise<BrokerFigures> {
  const { runs, megabytes, print } = options
  const [apache, own] = await Promise.all([startKafka({ jvm: 'default' }), startKafka({ own: true, built: true })])
  try {
    const startMs = { apache: await startTime(apache, runs), own: await startTime(own, runs) }
    const rates = new Map<string, { apache: number[]; own: number[] }>()
    for (let run = 1; run <= runs; run++) {
      for (const recordBytes of recordSizes) {
        for (const [produce, fetch] of [[ownProduce, ownFetch], [kafkajsProduce, kafkajsFetch]] as const) {
          // The contenders take turns, so that a slow minute of the machine hits both.
          for (const [who, server] of [['apache', apache], ['own', own]] as const) {
            const topic = `bench-${run}-${recordBytes}-${produce.name.replaceAll(/\W+/g, '-')}`
            await createTopic(server.brokers, topic, partitions)
            const records = Math.round((megabytes * 1e6 * produce.share) / recordBytes)
            for (const measure of [produce, fetch]) {
              const begin = performance.now()
              await measure.run(server.brokers, topic, records, recordBytes)
              const rate = (records * recordBytes) / 1000 / (performance.now() - begin)
              const key = `${measure.name}|${recordBytes}`
              const found = rates.get(key) ?? { apache: [], own: [] }
              rates.set(key, found)
              found[who].push(rate)
              print(`  ${run}/${runs}  ${measure.name}, ${recordBytes} B, ${who}: ${rate.toFixed(0)} MB/s`)
            }
          }
        }
      }
    }
    const rows = [...rates].map(([key, rate]) => {
      const [measure, recordBytes] = key.split('|')
      const [a, o] = [median(rate.apache), median(rate.own)]
      return { measure: measure!, recordBytes: Number(recordBytes), apache: a, own: o, ratio: o / a }
    })
    const idlePercent = await idle(own)
    return { rows, startMs, idlePercent }
  } finally {
    await Promise.all([apache.stop(), own.stop()])
  }
}

export function brokerTable({ rows, startMs, idlePercent }: BrokerFigures): string {
  const head = ['', 'record', 'Apache Kafka', 'millrace', 'ratio']
  const cells = rows.map((row) => [row.measure, `${row.recordBytes} B`, `${row.apache.toFixed(0)} MB/s`, `${row.own.toFixed(0)} MB/s`, row.ratio.toFixed(2)])
  const start = ['start', '', `${startMs.apache.toFixed(0)} ms`, `${startMs.own.toFixed(0)} ms`, '']
  return `${textTable(head, [...cells, start], 1)}\nmillrace idle: ${idlePercent.toFixed(1)} % of one core over ${idleSeconds} s`
}

const ownProduce: Measure = {
  name: 'produce, our path',
  share: 1,
  async run(brokers, topic, records, recordBytes) {
    const producer = await kafkaProducer({ brokers })
    const value = Buffer.alloc(recordBytes, 'x')
    for (let i = 0; i < records; i++) {
      const full = producer.push({ topic, partition: i % partitions, value })
      if (full !== undefined) await full
    }
    await producer.close()
  },
}

const ownFetch: Measure = {
  name: 'fetch, our path',
  share: 1,
  async run(brokers, topic, records) {
    const cluster = await openCluster({ brokers }, silentLogger, 'bench')
    const port = fetchPort(cluster, 'read_uncommitted')
    await port.refresh([topic])
    const link = await port.open(port.leader(topic, 0)!)
    const reader = new RecordSetReader({ checkCrcs: true, maxBatchBytes: 1e8 })
    const offsets = Array.from({ length: partitions }, () => 0)
    const ask = () => link.fetch({
      maxWaitMs: 100, minBytes: 1, maxBytes: 16_777_216, maxPartitionBytes: 4_194_304,
      partitions: offsets.map((offset, partition) => ({ topic, partition, offset })),
    })
    let read = 0
    for (let next = ask(); read < records;) {
      const answers = await next
      const froms = answers.map(({ partition }) => offsets[partition]!)
      for (const { partition, bytes, at, end } of answers) offsets[partition] = scanBatches(bytes, at, end, offsets[partition]!, topic).nextOffset
      next = ask()
      for (const [index, { partition, bytes, at, end }] of answers.entries()) {
        reader.begin({ partition: `${topic}/${partition}`, bytes, at, end, wanted: froms[index]!, aborted: undefined })
        while (reader.next()) read += reader.columns.count
      }
      if (read >= records) await next
    }
    link.close()
    cluster.disconnect()
  },
}

const batchRecords = 1000

const kafkajsProduce: Measure = {
  name: 'produce, kafkajs',
  share: 0.25,
  async run(brokers, topic, records, recordBytes) {
    const producer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer({ createPartitioner: Partitioners.DefaultPartitioner, maxInFlightRequests: partitions })
    await producer.connect()
    const value = Buffer.alloc(recordBytes, 'x')
    const of = async (partition: number): Promise<void> => {
      for (let left = Math.ceil((records - partition) / partitions); left > 0; left -= batchRecords) {
        await producer.send({ topic, messages: Array.from({ length: Math.min(left, batchRecords) }, () => ({ partition, value })) })
      }
    }
    await Promise.all(Array.from({ length: partitions }, (_, partition) => of(partition)))
    await producer.disconnect()
  },
}

const kafkajsFetch: Measure = {
  name: 'fetch, kafkajs',
  share: 0.25,
  async run(brokers, topic, records) {
    const consumer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).consumer({ groupId: topic, maxBytes: 16_777_216, maxBytesPerPartition: 4_194_304, maxWaitTimeInMs: 100 })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    const all = Promise.withResolvers<void>()
    let read = 0
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: true,
      eachBatch: ({ batch }) => {
        read += batch.messages.length
        if (read >= records) all.resolve()
        return Promise.resolve()
      },
    })
    await all.promise
    await consumer.disconnect()
  },
}

async function idle(server: KafkaServer): Promise<number> {
  const pid = server.nodes[0]!.pid!
  await delay(2000)
  const before = cpuMs(pid)
  await delay(idleSeconds * 1000)
  return ((cpuMs(pid) - before) / 1000 / idleSeconds) * 100
}

async function startTime(server: KafkaServer, runs: number): Promise<number> {
  const times: number[] = []
  for (let run = 0; run < runs; run++) {
    await server.kill('SIGTERM')
    const begin = performance.now()
    const starting = server.start()
    await accepts(server.brokers[0]!)
    times.push(performance.now() - begin)
    await starting
  }
  return median(times)
}

async function accepts(address: string): Promise<void> {
  const [host, port] = address.split(':')
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), host)
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (open) return
    await delay(2)
  }
}
