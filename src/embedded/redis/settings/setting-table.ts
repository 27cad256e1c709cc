import { outputLimits } from './output-limits.ts'
import { flag, integer, memory, oneOf, text, type Setting, type SettingKind } from './setting.ts'

const int = 2 ** 31 - 1
const most = Number.MAX_SAFE_INTEGER

/**
 * The settings of the server, by Redis's names and with Redis's defaults (but for persistence, which is on
 * when there is a directory). Some only say what is so.
 */
export const settingTable = {
  // connections
  bind: fixed(text, '127.0.0.1'),
  port: fixed(integer(0, 65_535), '6379'),
  databases: fixed(integer(1, 1024), '16'),
  requirepass: setting(text, ''),
  aclfile: fixed(text, ''),
  'acl-pubsub-default': setting(oneOf('allchannels', 'resetchannels'), 'resetchannels'),
  'acllog-max-len': setting(integer(0, most), '128'),
  maxclients: setting(integer(1, int), '10000'),
  timeout: setting(integer(0, int), '0'),
  'tcp-keepalive': setting(integer(0, int), '300'),
  'proto-max-bulk-len': setting(memory(1024 * 1024, most), '536870912'),
  'client-query-buffer-limit': setting(memory(1024 * 1024, most), '1073741824'),
  'client-output-buffer-limit': setting(outputLimits, ''),
  // memory
  maxmemory: setting(memory(0, most), '0'),
  'maxmemory-policy': setting(oneOf('volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl', 'allkeys-lru', 'allkeys-lfu', 'allkeys-random', 'noeviction'), 'noeviction'),
  'maxmemory-samples': setting(integer(1, 64), '5'),
  'lfu-log-factor': setting(integer(0, int), '10'),
  'lfu-decay-time': setting(integer(0, int), '1'),
  // persistence
  dir: fixed(text, ''),
  appendonly: fixed(flag, 'no'),
  appendfilename: fixed(text, 'appendonly.aof'),
  appenddirname: fixed(text, 'appendonlydir'),
  appendfsync: setting(oneOf('everysec', 'always', 'no'), 'everysec'),
  'auto-aof-rewrite-percentage': setting(integer(0, int), '100'),
  'auto-aof-rewrite-min-size': setting(memory(0, most), '67108864'),
  save: fixed(text, ''),
  // scripts: in Redis others are told that it is busy after this time, here the script is ended
  'busy-reply-threshold': fixed(integer(0, int), '5000'),
  // what is so
  'cluster-enabled': fixed(flag, 'no'),
  'lazyfree-lazy-user-del': fixed(flag, 'no'),
  'notify-keyspace-events': fixed(text, ''),
  daemonize: fixed(flag, 'no'),
  'slave-read-only': fixed(flag, 'yes'),
  'replica-read-only': fixed(flag, 'yes'),
} as const satisfies Readonly<Record<string, Setting<unknown>>>

export type SettingName = keyof typeof settingTable
export type SettingValue<Name extends SettingName> = (typeof settingTable)[Name] extends Setting<infer T> ? T : never

function setting<T>(kind: SettingKind<T>, byDefault: string): Setting<T> {
  return { kind, default: byDefault }
}

function fixed<T>(kind: SettingKind<T>, byDefault: string): Setting<T> {
  return { kind, default: byDefault, fixed: true }
}
