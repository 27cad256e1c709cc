import { setTimeout as delay } from 'node:timers/promises'
import { BatchBuilder } from '../../support/batch-builder.ts'
import { openTopicWriter } from '../../support/topic-writer.ts'
import type { PacedLoadOptions, ProducerLine } from './load.ts'
import { nowMs, portionMs, Schedule } from './schedule.ts'
import { pacedValues } from './values.ts'

/**
 * Sends a load by the clock, as the options in the last argument say, in a process of its own. A portion
 * that is sent late keeps its time; none is left out. Each portion is one request to each leader.
 */
const { brokers, topic, partitions, recordsPerSecond, seconds } = JSON.parse(process.argv.at(-1)!) as PacedLoadOptions
/** A broker that stands still for a while must not make the producer stand still. */
const maxInFlight = 1000
const startAfterMs = 50

const values = pacedValues(partitions).map((value) => Buffer.from(value))
const builders = Array.from({ length: partitions }, () => new BatchBuilder())
const writer = await openTopicWriter(brokers, topic, maxInFlight)
const schedule = new Schedule({ recordsPerSecond, partitions }, Math.ceil(nowMs()) + startAfterMs)
say({ kind: 'started', startAtMs: schedule.startAtMs })

const lateMs: number[] = []
let record = 0
for (let portion = 0; portion < (seconds * 1000) / portionMs; portion++) {
  const dueAt = schedule.startAtMs + portion * portionMs
  for (let left = dueAt - nowMs(); left > 0; left = dueAt - nowMs()) await delay(Math.ceil(left))
  lateMs.push(nowMs() - dueAt)
  for (const until = schedule.dueBy(dueAt); record < until; record++) builders[record % partitions]!.append(values[record % values.length]!)
  await writer.send(builders.flatMap((builder, partition) => (builder.count === 0 ? [] : [{ partition, records: builder.take(Math.floor(dueAt)) }])))
}
await writer.settled()
writer.close()
say({ kind: 'ended', records: record, maxLateMs: Math.max(...lateMs) })

function say(line: ProducerLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
