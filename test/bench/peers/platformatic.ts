import { Consumer, consumerFetchesChannel, MessagesStreamModes } from '@platformatic/kafka'
import { LoopThread } from '../loop-thread.ts'
import { scriptWriter } from '../script-writer.ts'

/**
 * `@platformatic/kafka` as its guide says for throughput: its stream, read by `data` events, with a
 * high watermark far above the default 1,024, large fetches, and no commits.
 */
const loop = new LoopThread(scriptWriter)
const { topic, brokers } = loop.assignment
const consumer = new Consumer({
  clientId: 'platformatic',
  groupId: `platformatic-${process.pid}`,
  bootstrapBrokers: [...brokers],
  autocommit: false,
  maxBytes: 8 * 2 ** 20,
  maxBytesPerPartition: 2 ** 20,
  maxWaitTime: 50,
  highWaterMark: 65_536,
})
const channel = consumerFetchesChannel.start
channel.subscribe(function first() {
  channel.unsubscribe(first)
  loop.fetching()
})
const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST })
stream.on('data', ({ value }) => {
  const waiting = loop.one(value)
  if (waiting === undefined) return
  stream.pause()
  void waiting.then(() => stream.resume())
})
