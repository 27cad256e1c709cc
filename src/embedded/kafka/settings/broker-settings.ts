import type { Setting, SettingValues } from './setting.ts'

const longMax = '9223372036854775807'
const intMax = '2147483647'
const noReplication = 'Set by tools that move partitions. There is one broker, so it has no effect.'
const codecs = ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer']

/** The settings of a broker that have an effect here. Names, types, ranges and meaning are Kafka's; so are the defaults, unless the text says otherwise. */
export const brokerSettings: readonly Setting[] = [
  // the node and its address
  { name: 'node.id', type: 'int', fallback: '1', min: 0, follows: [{ name: 'broker.id' }], documentation: 'The id of this broker in what clients are told. Default here: 1.' },
  { name: 'broker.id', type: 'int', fallback: null, min: 0, documentation: 'The older name of node.id.' },
  { name: 'broker.rack', type: 'string', fallback: null, documentation: 'The rack told to clients.' },
  { name: 'listeners', type: 'list', fallback: null, documentation: 'Where to listen, one PLAINTEXT://host:port; a host and port given beside the settings go before it.' },
  { name: 'advertised.listeners', type: 'list', fallback: null, documentation: 'The address clients are told, one PLAINTEXT://host:port. Default: the address each client used to come here.' },
  { name: 'log.dirs', type: 'list', fallback: null, follows: [{ name: 'log.dir' }], documentation: 'The one directory for the partitions. Default here: the data directory.' },
  { name: 'log.dir', type: 'string', fallback: null, documentation: 'The older name of log.dirs.' },
  // connections and requests
  { name: 'queued.max.request.bytes', type: 'long', fallback: '536870912', documentation: 'What all requests may take that have not arrived in full or are not answered; the connection that goes beyond it is closed. Default here: 512 MiB; -1 is no limit.' },
  { name: 'socket.request.max.bytes', type: 'int', fallback: '104857600', min: 1, documentation: 'The largest request; a connection that announces a larger one is closed.' },
  { name: 'max.connections', type: 'int', fallback: intMax, min: 0, dynamic: true, documentation: 'Connections that may be open at a time; further ones are closed at once.' },
  { name: 'max.connections.per.ip', type: 'int', fallback: intMax, min: 0, dynamic: true, documentation: 'Connections that may be open at a time from one address; further ones are closed at once.' },
  { name: 'connections.max.idle.ms', type: 'long', fallback: '600000', documentation: 'A connection without requests for this long is closed.' },
  { name: 'fetch.max.bytes', type: 'int', fallback: '16777216', min: 1024, documentation: 'The largest answer to a fetch request, whatever the client asks for: what a client that does not read costs. Default here: 16 MiB.' },
  // topics
  { name: 'auto.create.topics.enable', type: 'boolean', fallback: 'true', documentation: 'Whether a topic is created when a client that allows it asks for it.' },
  { name: 'delete.topic.enable', type: 'boolean', fallback: 'true', documentation: 'Whether topics may be deleted.' },
  { name: 'num.partitions', type: 'int', fallback: '1', min: 1, documentation: 'Partitions of a topic that is created without a number of them.' },
  { name: 'default.replication.factor', type: 'int', fallback: '1', min: 1, max: 1, documentation: 'Replicas of a topic that is created without a number of them. There is one broker, so 1.' },
  { name: 'min.insync.replicas', type: 'int', fallback: '1', min: 1, dynamic: true, documentation: 'Replicas that must have a record before acks=all is answered. There is one broker: with more than 1, acks=all is refused.' },
  { name: 'compression.type', type: 'string', fallback: 'producer', oneOf: codecs, dynamic: true, documentation: 'The codec batches are stored with; producer leaves them as they come.' },
  { name: 'message.max.bytes', type: 'int', fallback: '1048588', min: 0, dynamic: true, documentation: 'The largest record batch.' },
  // the log
  { name: 'log.segment.bytes', type: 'int', fallback: '1073741824', min: 14, dynamic: true, documentation: 'The largest segment file. Kafka asks for at least 1048576, here smaller ones are allowed.' },
  { name: 'log.roll.ms', type: 'long', fallback: null, min: 1, dynamic: true, follows: [{ name: 'log.roll.hours', unit: 3_600_000 }], documentation: 'A segment is closed when its records span more than this.' },
  { name: 'log.roll.hours', type: 'int', fallback: '168', min: 1, documentation: 'The same in hours; log.roll.ms goes before it.' },
  { name: 'log.index.size.max.bytes', type: 'int', fallback: '10485760', min: 4, dynamic: true, documentation: 'The largest index of a segment.' },
  { name: 'log.index.interval.bytes', type: 'int', fallback: '4096', min: 0, dynamic: true, documentation: 'Bytes of records between two entries of the index.' },
  { name: 'log.retention.ms', type: 'long', fallback: null, dynamic: true, follows: [{ name: 'log.retention.minutes', unit: 60_000 }, { name: 'log.retention.hours', unit: 3_600_000 }], documentation: 'Age at which closed segments are deleted; -1 is never.' },
  { name: 'log.retention.minutes', type: 'int', fallback: null, follows: [{ name: 'log.retention.hours', unit: 60 }], documentation: 'The same in minutes; log.retention.ms goes before it.' },
  { name: 'log.retention.hours', type: 'int', fallback: '168', documentation: 'The same in hours; log.retention.minutes goes before it.' },
  { name: 'log.retention.bytes', type: 'long', fallback: '-1', dynamic: true, documentation: 'Size of a partition above which its oldest closed segments are deleted; -1 is no limit.' },
  { name: 'log.retention.check.interval.ms', type: 'long', fallback: '30000', min: 1, documentation: 'How often retention is looked after. Default here: 30 s.' },
  { name: 'log.segment.delete.delay.ms', type: 'long', fallback: '60000', min: 0, dynamic: true, documentation: 'How long the file of a deleted segment is kept for readers that are still on it.' },
  { name: 'log.flush.interval.messages', type: 'long', fallback: longMax, min: 1, dynamic: true, documentation: 'Records after which a partition is flushed to disk; 1 flushes before every answer.' },
  { name: 'log.flush.interval.ms', type: 'long', fallback: null, dynamic: true, follows: [{ name: 'log.flush.scheduler.interval.ms' }], documentation: 'The longest time records may be kept from the disk. Default: the operating system decides.' },
  { name: 'log.flush.scheduler.interval.ms', type: 'long', fallback: longMax, documentation: 'Used where log.flush.interval.ms is not set.' },
  { name: 'log.message.timestamp.type', type: 'string', fallback: 'CreateTime', oneOf: ['CreateTime', 'LogAppendTime'], dynamic: true, documentation: 'Whether records keep the time of their producer or get that of the append.' },
  { name: 'log.message.timestamp.before.max.ms', type: 'long', fallback: longMax, min: 0, dynamic: true, documentation: 'How much older than the broker\'s time a record may say to be.' },
  { name: 'log.message.timestamp.after.max.ms', type: 'long', fallback: '3600000', min: 0, dynamic: true, documentation: 'How much newer than the broker\'s time a record may say to be.' },
  // compaction
  { name: 'log.cleanup.policy', type: 'list', fallback: 'delete', oneOf: ['compact', 'delete'], dynamic: true, documentation: 'delete, compact (keep the newest record of each key), or both.' },
  { name: 'log.cleaner.enable', type: 'boolean', fallback: 'true', documentation: 'Whether compacted topics are compacted.' },
  { name: 'log.cleaner.backoff.ms', type: 'long', fallback: '15000', min: 0, dynamic: true, documentation: 'How often it is looked for something to compact.' },
  { name: 'log.cleaner.delete.retention.ms', type: 'long', fallback: '86400000', min: 0, dynamic: true, documentation: 'How long compaction keeps tombstones.' },
  { name: 'log.cleaner.min.cleanable.ratio', type: 'double', fallback: '0.5', min: 0, max: 1, dynamic: true, documentation: 'Part of a log that must not be compacted yet for compaction to begin.' },
  { name: 'log.cleaner.min.compaction.lag.ms', type: 'long', fallback: '0', min: 0, dynamic: true, documentation: 'The shortest time a record stays as it is.' },
  { name: 'log.cleaner.max.compaction.lag.ms', type: 'long', fallback: longMax, min: 1, dynamic: true, documentation: 'The longest time a record stays as it is.' },
  // replication, which a single node does not have
  { name: 'leader.replication.throttled.rate', type: 'long', fallback: null, min: 0, dynamic: true, documentation: noReplication },
  { name: 'follower.replication.throttled.rate', type: 'long', fallback: null, min: 0, dynamic: true, documentation: noReplication },
  { name: 'replica.alter.log.dirs.io.max.bytes.per.second', type: 'long', fallback: null, min: 0, dynamic: true, documentation: noReplication },
  // groups and their offsets
  { name: 'group.initial.rebalance.delay.ms', type: 'int', fallback: '0', min: 0, documentation: 'How long the first rebalance of a group waits for more members. Default here: 0.' },
  { name: 'group.min.session.timeout.ms', type: 'int', fallback: '6000', documentation: 'The shortest session a member may ask for.' },
  { name: 'group.max.session.timeout.ms', type: 'int', fallback: '1800000', documentation: 'The longest session a member may ask for.' },
  { name: 'group.max.size', type: 'int', fallback: intMax, min: 1, documentation: 'Members a group may have.' },
  { name: 'offset.metadata.max.bytes', type: 'int', fallback: '4096', documentation: 'The largest text a consumer may commit with an offset.' },
  { name: 'offsets.retention.minutes', type: 'int', fallback: '10080', min: 1, documentation: 'How long committed offsets of a group without members are kept.' },
  { name: 'offsets.retention.check.interval.ms', type: 'long', fallback: '600000', min: 1, documentation: 'How often it is looked for committed offsets to drop.' },
  // producers and transactions
  { name: 'producer.id.expiration.ms', type: 'int', fallback: '86400000', min: 1, dynamic: true, documentation: 'How long a partition remembers a producer that sends nothing.' },
  { name: 'transactional.id.expiration.ms', type: 'int', fallback: '604800000', min: 1, documentation: 'How long a transactional id is remembered that is not used.' },
  { name: 'transaction.max.timeout.ms', type: 'int', fallback: '900000', min: 1, documentation: 'The longest time a producer may ask for its transactions.' },
  { name: 'transaction.abort.timed.out.transaction.cleanup.interval.ms', type: 'int', fallback: '10000', min: 1, documentation: 'How often it is looked for transactions that took too long.' },
  { name: 'transaction.remove.expired.transaction.cleanup.interval.ms', type: 'int', fallback: '3600000', min: 1, documentation: 'How often it is looked for transactional ids to forget.' },
]

const count = { type: 'int', min: 1 } as const
const replicas = { type: 'int', min: 1, max: 32_767 } as const

/** Settings that stand in Kafka's own server.properties and mean nothing on a single node: they are taken and have no effect. */
export const settingsWithoutEffect: readonly SettingValues[] = [
  ...typed({ type: 'boolean' }, ['auto.leader.rebalance.enable', 'controlled.shutdown.enable', 'log.preallocate', 'transaction.partition.verification.enable', 'unclean.leader.election.enable']),
  ...typed({ type: 'string' }, ['inter.broker.listener.name', 'listener.security.protocol.map']),
  ...typed({ type: 'list' }, ['controller.listener.names', 'controller.quorum.bootstrap.servers', 'controller.quorum.voters']),
  ...typed({ type: 'list', oneOf: ['broker', 'controller'] }, ['process.roles']),
  ...typed({ type: 'list', oneOf: ['consumer', 'classic', 'share', 'streams'] }, ['group.coordinator.rebalance.protocols']),
  ...typed({ type: 'double' }, ['log.cleaner.io.buffer.load.factor', 'log.cleaner.io.max.bytes.per.second']),
  ...typed({ type: 'long' }, ['log.cleaner.dedupe.buffer.size', 'log.roll.jitter.ms']),
  ...typed({ type: 'long', min: 1 }, ['leader.imbalance.check.interval.seconds']),
  ...typed({ type: 'int' }, ['offsets.topic.compression.codec', 'socket.receive.buffer.bytes', 'socket.send.buffer.bytes']),
  ...typed({ type: 'int', min: 0 }, ['log.cleaner.io.buffer.size', 'log.cleaner.threads', 'log.flush.offset.checkpoint.interval.ms', 'log.flush.start.offset.checkpoint.interval.ms', 'log.roll.jitter.hours']),
  ...typed(count, ['background.threads', 'num.io.threads', 'num.network.threads', 'num.recovery.threads.per.data.dir', 'num.replica.fetchers', 'queued.max.requests', 'socket.listen.backlog.size']),
  ...typed(count, ['offsets.topic.num.partitions', 'offsets.topic.segment.bytes', 'transaction.state.log.min.isr', 'transaction.state.log.num.partitions', 'transaction.state.log.segment.bytes']),
  ...typed(replicas, ['offsets.topic.replication.factor', 'share.coordinator.state.topic.min.isr', 'share.coordinator.state.topic.replication.factor', 'transaction.state.log.replication.factor']),
]

function typed(values: Omit<SettingValues, 'name'>, names: readonly string[]): SettingValues[] {
  return names.map((name) => ({ name, ...values }))
}
