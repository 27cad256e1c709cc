import { AssignerProtocol, Kafka, logLevel } from 'kafkajs'
import type { PartitionAssigner } from 'kafkajs'
import { LoopThread } from './loop-thread.ts'
import { scriptWriter } from './script-writer.ts'

/**
 * The rival: the loop a good programmer writes by hand with kafkajs and ioredis, without exactly-once,
 * without failures in mind, tuned for speed.
 */
const loop = new LoopThread(scriptWriter)
const { topic, brokers } = loop.assignment
const consumer = new Kafka({ clientId: `hand-loop-${loop.thread}`, brokers: [...brokers], logLevel: logLevel.NOTHING }).consumer({
  // a group of one with fixed partitions: starts without a rebalance, which would count twice without commits
  groupId: `hand-loop-${process.pid}-${loop.thread}`,
  partitionAssigners: [fixedPartitions],
  maxBytesPerPartition: 2 ** 20,
  maxBytes: 8 * 2 ** 20,
  maxWaitTimeInMs: 50,
})
consumer.on(consumer.events.FETCH_START, () => loop.fetching())
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({ autoCommit: false, eachBatch: ({ batch }) => loop.batch(batch.messages) })

/** Gives the only member the thread's partitions. */
function fixedPartitions(): ReturnType<PartitionAssigner> {
  const name = 'fixed'
  return {
    name,
    version: 1,
    assign: async ({ members }) => members.map(({ memberId }) => ({
      memberId,
      memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: 1, assignment: { [topic]: [...loop.partitions] }, userData: Buffer.alloc(0) }),
    })),
    protocol: ({ topics }) => ({ name, metadata: AssignerProtocol.MemberMetadata.encode({ version: 1, topics, userData: Buffer.alloc(0) }) }),
  }
}
