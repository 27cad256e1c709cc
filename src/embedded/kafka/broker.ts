import { mkdir } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { asMillraceError, MillraceError } from '../../errors.ts'
import { lockDirectory } from '../directory-lock.ts'
import type { SyncPolicy } from '../journal/journal-options.ts'
import type { RunningServer } from '../server.ts'
import type { ApiHandler, RequestContext } from './api-handler.ts'
import { brokerAddress } from './broker-address.ts'
import type { BrokerAddress } from './broker-address.ts'
import { GroupCoordinator } from './group/group-coordinator.ts'
import { alterConfigsHandlers } from './handler/alter-configs-handlers.ts'
import { apiVersionsHandler } from './handler/api-versions-handler.ts'
import { createPartitionsHandler } from './handler/create-partitions-handler.ts'
import { createTopicsHandler } from './handler/create-topics-handler.ts'
import { deleteRecordsHandler } from './handler/delete-records-handler.ts'
import { deleteTopicsHandler } from './handler/delete-topics-handler.ts'
import { describeClusterHandler } from './handler/describe-cluster-handler.ts'
import { describeConfigsHandler } from './handler/describe-configs-handler.ts'
import { describeLogDirsHandler } from './handler/describe-log-dirs-handler.ts'
import { describeProducersHandler } from './handler/describe-producers-handler.ts'
import { fetchHandler } from './handler/fetch-handler.ts'
import { findCoordinatorHandler } from './handler/find-coordinator-handler.ts'
import { listOffsetsHandler } from './handler/list-offsets-handler.ts'
import { metadataHandler } from './handler/metadata-handler.ts'
import { offsetForLeaderEpochHandler } from './handler/offset-for-leader-epoch-handler.ts'
import { partitionReassignmentHandlers } from './handler/partition-reassignment-handlers.ts'
import { produceHandler } from './handler/produce-handler.ts'
import { LogDirectory } from './log/log-directory.ts'
import type { BrokerNode } from './node.ts'
import { Refusal } from './refusal.ts'
import { RequestTable } from './server/request-table.ts'
import { TcpServer } from './server/tcp-server.ts'
import { groupSettings } from './settings/group-settings-of-broker.ts'
import { Settings, withoutEffect } from './settings/settings.ts'
import { transactionSettings } from './settings/transaction-settings-of-broker.ts'
import { readCluster, writeCluster } from './topic/cluster-file.ts'
import { Topics } from './topic/topics.ts'
import { TransactionCoordinator } from './transaction/transaction-coordinator.ts'
import { Upkeep } from './upkeep.ts'

/** How a broker is started; plain data. */
export interface BrokerOptions {
  /** Made when it is not there. One broker at a time may use it. */
  readonly dataDir: string
  /** Default 127.0.0.1. There is no authentication: whoever reaches the address may read and write. */
  readonly host?: string
  /** Default 0, which is a free one. */
  readonly port?: number
  /** `host` or `host:port` that clients are told. Default: the address each of them used. */
  readonly advertised?: string
  /** By Kafka's names, for example `{ 'num.partitions': '4' }`. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface BrokerHost {
  readonly clock: Clock
  readonly logger: Logger
  /** Ends a start that is under way: it rejects with the signal's reason, and the next one finds everything as it was. */
  readonly signal?: AbortSignal
}

/** How long clients have at the end to take the answers that are on their way. */
const closeGraceMs = 1000

/**
 * A Kafka broker, alone in its cluster, coordinator of all groups and transactions. Throws
 * MR_OPTIONS_INVALID for its options, MR_PORT_TAKEN, and what is wrong with its directory.
 */
export async function startBroker(options: BrokerOptions, { clock, logger, signal }: BrokerHost): Promise<RunningServer> {
  const settings = new Settings(options.settings ?? {})
  const address = brokerAddress(options, settings)
  const dataDir = resolve(options.dataDir)
  const logDir = logDirOf(dataDir, settings)
  const ignored = withoutEffect(options.settings ?? {})
  if (ignored.length > 0) logger.warn('settings without effect on a single node', { settings: ignored })
  await makeDirectory(dataDir)
  await makeDirectory(logDir)

  const closing: (() => Promise<void>)[] = []
  const closeAll = async (): Promise<void> => {
    for (let close = closing.pop(); close !== undefined; close = closing.pop()) await close()
  }
  try {
    if (logDir !== dataDir) {
      const lock = await lockDirectory(dataDir)
      closing.push(() => lock.release())
    }
    const clusterFile = join(dataDir, 'cluster.json')
    const topics: Topics = new Topics(await readCluster(clusterFile), {
      settings,
      save: (state) => writeCluster(clusterFile, state),
      topicDeleted: (topic) => groups.topicDeleted(topic),
    })
    const logs = await LogDirectory.open({ dir: logDir, settingsOf: (topic) => topics.get(topic)?.logSettings ?? settings.logSettings({}), clock, logger, signal })
    closing.push(() => logs.close())
    await topics.attach(logs)
    closing.push(() => topics.settled())

    const groups: GroupCoordinator = await GroupCoordinator.open({
      journalFile: join(dataDir, 'groups.journal'),
      sync: journalSync(settings),
      partitions: { has: (topic, partition) => topics.log(topic, partition) !== undefined },
      settings: () => groupSettings(settings),
      clock,
      logger,
    })
    closing.push(() => groups.close())
    await groups.clampOffsets((topic, partition) => {
      const log = topics.log(topic, partition)
      return log === undefined || !logs.openedClean(log) ? log?.logEndOffset : Number.MAX_SAFE_INTEGER
    })

    const transactions = await TransactionCoordinator.open({
      journalFile: join(dataDir, 'transactions.journal'),
      sync: journalSync(settings),
      logs: { get: (topic, partition) => topics.log(topic, partition), partitions: () => logs.partitions() },
      groups,
      settings: () => transactionSettings(settings),
      clock,
      logger,
    })
    closing.push(() => transactions.close())

    const upkeep = new Upkeep({ clock, logger, settings, logs: () => logs.partitions(), isCompacted: (topic) => topics.get(topic)?.logSettings.cleanupPolicy.compact === true })
    closing.push(() => upkeep.close())

    const node = brokerNode(topics.clusterId, settings, address)
    const table: RequestTable = new RequestTable([
      apiVersionsHandler(() => table.listed),
      metadataHandler(node, topics, settings),
      produceHandler(topics, (transactionalId, producer, topic, partition) => transactions.verify(transactionalId, producer, topic, partition)),
      fetchHandler(topics, settings, clock),
      listOffsetsHandler(topics),
      findCoordinatorHandler(node),
      offsetForLeaderEpochHandler(topics),
      createTopicsHandler(node, topics, settings),
      deleteTopicsHandler(topics, settings),
      createPartitionsHandler(node, topics),
      deleteRecordsHandler(topics),
      describeConfigsHandler(node, topics, settings),
      ...alterConfigsHandlers(node, topics, settings),
      describeClusterHandler(node),
      describeLogDirsHandler(topics, logDir),
      describeProducersHandler(topics),
      ...partitionReassignmentHandlers(node, topics),
      ...groups.handlers,
      ...transactions.handlers,
    ] as readonly ApiHandler[])
    signal?.throwIfAborted()
    const server = new TcpServer({ clock, logger, table, settings: () => serverSettings(settings) })
    const listening = await server.listen(address.host, address.port)
    closing.push(() => server.close(closeGraceMs))
    settings.place(placeOf(logDir, listening, address))

    logger.info('listening', { ...listening, dataDir, topics: topics.all().length })
    if (!isLoopback(listening.host)) logger.warn('whoever reaches this address can read and write everything: there is no authentication', listening)
    let closed: Promise<void> | undefined
    return { ...listening, close: () => (closed ??= closeAll()) }
  } catch (error) {
    // A directory that cannot be written cannot be closed well either.
    await closeAll().catch(() => {})
    throw error === signal?.reason ? error : startFault(error, dataDir)
  }
}

function placeOf(logDir: string, { host, port }: { readonly host: string; readonly port: number }, { advertisedHost, advertisedPort }: BrokerAddress): Readonly<Record<string, string>> {
  return {
    'log.dirs': logDir,
    listeners: listenerText(host, port),
    ...(advertisedHost === undefined ? {} : { 'advertised.listeners': listenerText(advertisedHost, advertisedPort ?? port) }),
  }
}

function listenerText(host: string, port: number): string {
  return `PLAINTEXT://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function logDirOf(dataDir: string, settings: Settings): string {
  const dirs = settings.list('log.dirs')
  if (dirs.length > 1) throw new MillraceError('MR_OPTIONS_INVALID', `log.dirs: ${dirs.length} directories are named, one is served`, { remedy: 'name one directory' })
  return resolve(dirs[0] ?? dataDir)
}

async function makeDirectory(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true })
  } catch (cause) {
    throw new MillraceError('MR_EMBEDDED_SERVER', `the data directory cannot be made: ${cause instanceof Error ? cause.message : String(cause)}`, { place: { at: dir }, remedy: 'give a directory this user may write', cause })
  }
}

/** What reads and writes files says which of them it was. */
function startFault(error: unknown, dataDir: string): MillraceError {
  const place = { at: dataDir }
  if (error instanceof Refusal) return new MillraceError('MR_JOURNAL_IO', error.message, { place, remedy: 'check that the disk has room and the directory can be written', cause: error })
  return error instanceof MillraceError ? error : asMillraceError(error, 'MR_EMBEDDED_SERVER', { place, remedy: 'give a directory this user may read and write' })
}

/** Offsets and transactions are as safe as the records. */
function journalSync(settings: Settings): SyncPolicy {
  if (settings.number('log.flush.interval.messages') === 1) return 'always'
  return settings.number('log.flush.interval.ms') < 2 ** 31 ? 'everysec' : 'no'
}

function brokerNode(clusterId: string, settings: Settings, { advertisedHost, advertisedPort }: BrokerAddress): BrokerNode {
  return {
    id: settings.number('node.id'),
    rack: settings.text('broker.rack'),
    clusterId,
    addressFor: ({ local }: RequestContext) => ({ host: advertisedHost ?? local.host, port: advertisedPort ?? local.port }),
  }
}

function serverSettings(settings: Settings) {
  return {
    maxRequestBytes: settings.number('socket.request.max.bytes'),
    maxQueuedBytes: settings.number('queued.max.request.bytes'),
    maxConnections: settings.number('max.connections'),
    maxConnectionsPerIp: settings.number('max.connections.per.ip'),
    maxIdleMs: settings.number('connections.max.idle.ms'),
  }
}

function isLoopback(host: string): boolean {
  return isIP(host) === 4 ? host.startsWith('127.') : host === '::1'
}
