import { readFileSync } from 'node:fs'
import { Option } from 'commander'
import type { Command } from 'commander'
import { logLevels } from '../base/pino-logger.ts'
import type { LogLevel } from '../base/pino-logger.ts'
import type { BrokerOptions } from '../embedded/kafka/broker.ts'
import { parseProperties } from '../embedded/kafka/settings/properties-file.ts'
import { MillraceError } from '../errors.ts'

/** `millrace broker`, as written. */
export interface BrokerFlags {
  readonly port?: number
  readonly dataDir?: string
  readonly host?: string
  readonly advertisedHost?: string
  readonly setting: Readonly<Record<string, string>>
  readonly settingsFile?: string
  readonly logLevel: LogLevel
}

const usualPort = 9092

export function addBrokerCommand(program: Command, action: (flags: BrokerFlags) => Promise<void>): Command {
  program.command('broker')
    .description('Run a Kafka broker that needs nothing but Node, until it is interrupted.')
    .option('--port <n>', `port to listen on, 0 for a free one (default: ${usualPort})`, parsePort)
    .option('--data-dir <dir>', 'where the records are kept; made when it is not there')
    .option('--host <address>', 'address to listen on (default: 127.0.0.1, this machine only)')
    .option('--advertised-host <host>', 'host or host:port that clients are told (default: the one they used)')
    .option('--setting <name=value>', 'a broker setting by Kafka\'s name; may be given more than once', collectSetting, {})
    .option('--settings-file <file>', 'settings from a server.properties; --setting goes before it')
    .addOption(new Option('--log-level <level>', 'lines on standard error').choices(logLevels).default('info'))
    .addHelpText('after', '\nSIGTERM or Ctrl-C writes everything to disk, then it ends. A second Ctrl-C ends at once.')
    .action(action)
  return program
}

/** Throws MR_OPTIONS_INVALID. */
export function brokerOptions({ port, dataDir, host, advertisedHost, setting, settingsFile }: BrokerFlags): BrokerOptions {
  const settings = { ...(settingsFile === undefined ? {} : readSettings(settingsFile)), ...setting }
  const dir = dataDir ?? settings['log.dirs'] ?? settings['log.dir']
  if (dir === undefined) throw new MillraceError('MR_OPTIONS_INVALID', 'broker: no directory for the records is named', { remedy: 'name one with --data-dir, or as log.dirs in the settings' })
  const listenPort = port ?? (settings['listeners'] === undefined ? usualPort : undefined)
  return {
    dataDir: dir,
    settings,
    ...(host === undefined ? {} : { host }),
    ...(listenPort === undefined ? {} : { port: listenPort }),
    ...(advertisedHost === undefined ? {} : { advertised: advertisedHost }),
  }
}

function readSettings(file: string): Record<string, string> {
  try {
    return parseProperties(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new MillraceError('MR_OPTIONS_INVALID', `--settings-file: ${file} cannot be read`, { place: { at: file }, remedy: 'name a file in the form of Kafka\'s server.properties', cause })
  }
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new MillraceError('MR_OPTIONS_INVALID', `--port: "${text}" is no port`, { remedy: 'write a number from 0 to 65535; 0 takes a free one' })
}

function collectSetting(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new MillraceError('MR_OPTIONS_INVALID', `--setting: "${text}" is not name=value`, { remedy: 'write for example --setting num.partitions=4' })
  return { ...before, [text.slice(0, at).trim()]: text.slice(at + 1).trim() }
}
