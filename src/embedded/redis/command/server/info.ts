import { arch, release, type as system } from 'node:os'
import type { Engine } from '../../engine/engine.ts'
import { VerbatimReply } from '../../resp/reply.ts'
import type { CommandHandler } from '../command.ts'
import { serverVersion } from './version.ts'

type Fields = readonly (readonly [name: string, value: string | number])[]
type Section = (engine: Engine) => Fields

const sections: Readonly<Record<string, Section>> = {
  Server: ({ keyspace, settings, runId }) => [
    ['redis_version', serverVersion],
    ['server_name', 'millrace'],
    ['redis_git_sha1', '00000000'],
    ['redis_git_dirty', 0],
    ['redis_mode', 'standalone'],
    ['os', `${system()} ${release()} ${arch()}`],
    ['arch_bits', 64],
    ['process_id', process.pid],
    ['process_supervised', 'no'],
    ['run_id', runId],
    ['tcp_port', settings.get('port')],
    ['server_time_usec', keyspace.nowMs * 1000],
    ['uptime_in_seconds', keyspace.uptimeS],
    ['uptime_in_days', Math.floor(keyspace.uptimeS / 86_400)],
    ['executable', process.execPath],
    ['config_file', ''],
  ],
  Clients: ({ clients, settings, waiting }) => [
    ['connected_clients', clients.size],
    ['cluster_connections', 0],
    ['maxclients', settings.get('maxclients')],
    ['blocked_clients', waiting.size],
    ['tracking_clients', 0],
  ],
  Memory: ({ keyspace, settings, scripts }) => {
    const maxmemory = settings.get('maxmemory')
    const resident = process.memoryUsage.rss()
    return [
      ['used_memory', keyspace.usedBytes],
      ['used_memory_human', humanBytes(keyspace.usedBytes)],
      ['used_memory_rss', resident],
      ['used_memory_rss_human', humanBytes(resident)],
      ['used_memory_peak', keyspace.peakBytes],
      ['used_memory_peak_human', humanBytes(keyspace.peakBytes)],
      ['used_memory_dataset', keyspace.usedBytes],
      ['number_of_cached_scripts', scripts.size],
      ['maxmemory', maxmemory],
      ['maxmemory_human', humanBytes(maxmemory)],
      ['maxmemory_policy', settings.get('maxmemory-policy')],
      ['mem_allocator', 'v8'],
    ]
  },
  Persistence: ({ changeLog }) => changeLog.info(),
  Stats: ({ figures, keyspace, channels }) => [
    ['total_connections_received', figures.connectionsReceived],
    ['total_commands_processed', figures.commandsProcessed],
    ['total_net_input_bytes', figures.bytesReceived],
    ['total_net_output_bytes', figures.bytesSent],
    ['rejected_connections', figures.connectionsRejected],
    ['sync_full', 0],
    ['expired_keys', keyspace.expiredKeys],
    ['evicted_keys', keyspace.evictedKeys],
    ['keyspace_hits', keyspace.hits],
    ['keyspace_misses', keyspace.misses],
    ['pubsub_channels', channels.channelCount],
    ['pubsub_patterns', channels.patternCount],
    ['total_error_replies', figures.errorReplies],
  ],
  Replication: ({ runId }) => [
    ['role', 'master'],
    ['connected_slaves', 0],
    ['master_failover_state', 'no-failover'],
    ['master_replid', runId],
    ['master_replid2', '0'.repeat(40)],
    ['master_repl_offset', 0],
    ['second_repl_offset', -1],
    ['repl_backlog_active', 0],
  ],
  CPU: () => {
    const { user, system } = process.cpuUsage()
    return [['used_cpu_sys', (system / 1e6).toFixed(6)], ['used_cpu_user', (user / 1e6).toFixed(6)]]
  },
  Modules: () => [],
  Errorstats: ({ figures }) => Array.from(figures.errors, ([code, count]) => [`errorstat_${code}`, `count=${count}`] as const),
  Cluster: () => [['cluster_enabled', 0]],
  Keyspace: ({ keyspace }) => keyspace.databases
    .filter(({ size }) => size > 0)
    .map(({ index, size, expiringSize }) => [`db${index}`, `keys=${size},expires=${expiringSize},avg_ttl=0`] as const),
}

const everything = new Set(['default', 'all', 'everything'])

/** Without arguments all sections, in Redis's order. */
export const info: CommandHandler = ({ engine }, args) => {
  const wanted = args.slice(1).map((name) => name.toLowerCase())
  const all = wanted.length === 0 || wanted.some((name) => everything.has(name))
  const blocks = Object.entries(sections)
    .filter(([name]) => all || wanted.includes(name.toLowerCase()))
    .map(([name, section]) => [`# ${name}`, ...section(engine).map(([field, value]) => `${field}:${value}`)].map((line) => `${line}\r\n`).join(''))
  return new VerbatimReply(blocks.join('\r\n'))
}

/** As Redis writes it: `1.50M`. */
function humanBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`
  for (const [index, unit] of ['K', 'M', 'G', 'T'].entries()) {
    const size = bytes / 1024 ** (index + 1)
    if (size < 1024 || unit === 'T') return `${size.toFixed(2)}${unit}`
  }
  return `${bytes}B`
}
