import { Option } from 'commander'
import type { Command } from 'commander'
import { MillraceError } from '../errors.ts'
import type { Administration } from '../kafka/admin/administer.ts'
import { kafkaSettings } from '../kafka/connection.ts'
import type { CheckedKafkaSettings } from '../kafka/connection.ts'
import { openCluster } from '../kafka/kafkajs-cluster.ts'
import { brokersOption } from './brokers-option.ts'
import { filled } from './filled.ts'
import { parseConnections } from './parse-connections.ts'
import type { ToolHost } from './tool-host.ts'

/** Which Kafka a tool talks to, as written. */
export interface ClusterFlags {
  readonly brokers?: string
  /** The name Kafka's own tools have for it. */
  readonly bootstrapServer?: string
  readonly kafkaSettings?: string
}

/** How long a tool waits for a cluster to find its leaders again. */
const patienceMs = 15_000

/** The options all topic tools have. */
export function withClusterOptions(command: Command): Command {
  return command
    .addOption(brokersOption('Kafka brokers, host:port,…'))
    .addOption(new Option('--bootstrap-server <list>', 'the same').hideHelp())
    .option('--kafka-settings <file>', 'JSON file with clientId, ssl, sasl of the Kafka connection', filled)
}

/** Throws MR_OPTIONS_INVALID. */
export function clusterSettings(flags: ClusterFlags): CheckedKafkaSettings {
  const brokers = flags.bootstrapServer ?? flags.brokers
  const connections = parseConnections({
    ...(brokers === undefined ? {} : { brokers }),
    ...(flags.kafkaSettings === undefined ? {} : { kafkaSettings: flags.kafkaSettings }),
  })
  if (connections['kafka'] === undefined) {
    throw new MillraceError('MR_OPTIONS_INVALID', 'no brokers are named', { remedy: 'name them with --brokers host:port,… or MILLRACE_BROKERS' })
  }
  return kafkaSettings(connections)
}

/** Connects, does the work, disconnects. */
export async function withCluster(flags: ClusterFlags, host: ToolHost, work: (administration: Administration) => Promise<void>): Promise<void> {
  const cluster = await openCluster(clusterSettings(flags), host.log, 'tool')
  try {
    await work({ cluster, clock: host.clock, patienceMs })
  } finally {
    cluster.disconnect()
  }
}
