import type { Kafka } from 'kafkajs'
import { waitUntil } from './wait-until.ts'

/** The values in each partition of a topic up to its end, as a consumer of committed records sees them. */
export async function committedValues(kafka: Kafka, topic: string, { readUncommitted = false } = {}): Promise<string[][]> {
  const admin = kafka.admin()
  await admin.connect()
  const ends = (await admin.fetchTopicOffsets(topic)).sort((a, b) => a.partition - b.partition)
  await admin.disconnect()
  const values = ends.map(() => [] as string[])
  const reached = ends.map(({ low, high }) => low === high)
  const consumer = kafka.consumer({ groupId: `reading-${topic}-${Math.random()}`, readUncommitted, maxWaitTimeInMs: 20 })
  // Markers and aborted records move the position, too.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    if (Number(payload.lastOffset) + 1 >= Number(ends[payload.partition]!.high)) reached[payload.partition] = true
  })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ autoCommit: false, eachMessage: ({ partition, message }) => {
    values[partition]!.push(message.value!.toString())
    return Promise.resolve()
  } })
  try {
    await waitUntil(`the end of ${topic}`, () => reached.every(Boolean), 20_000)
  } finally {
    await consumer.disconnect()
  }
  return values
}
