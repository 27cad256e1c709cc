import { Kafka, logLevel } from 'kafkajs'
import { LoopThread } from '../loop-thread.ts'
import { pipelineWriter } from '../pipeline-writer.ts'

/** kafkajs as the better tutorials use it: every setting at its default, whole batches, commands in a pipeline. */
const loop = new LoopThread(pipelineWriter)
const { topic, brokers } = loop.assignment
const consumer = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).consumer({ groupId: `kafkajs-${process.pid}` })
consumer.on(consumer.events.FETCH_START, () => loop.fetching())
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({ eachBatch: ({ batch }) => loop.batch(batch.messages) })
