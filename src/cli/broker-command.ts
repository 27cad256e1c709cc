import { Option } from 'commander'
import type { Command } from 'commander'
import { logLevels } from '../base/pino-logger.ts'
import type { LogLevel } from '../base/pino-logger.ts'
import { MillraceError } from '../errors.ts'
import { filled } from './filled.ts'

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

export function addBrokerCommand(program: Command, action: (flags: BrokerFlags) => Promise<void>): Command {
  program.command('broker')
    .description('Run a Kafka broker that needs nothing but Node, until it is interrupted.')
    .option('--port <n>', 'port to listen on, 0 for a free one (default: 9092)', parsePort)
    .option('--data-dir <dir>', 'where the records are kept; made when it is not there', filled)
    .option('--host <address>', 'address to listen on (default: 127.0.0.1, this machine only)', filled)
    .option('--advertised-host <host>', 'host or host:port that clients are told (default: the one they used)', filled)
    .option('--setting <name=value>', 'a broker setting by Kafka\'s name; may be given more than once', collectSetting, {})
    .option('--settings-file <file>', 'settings from a server.properties; --setting goes before it', filled)
    .addOption(new Option('--log-level <level>', 'lines on standard error').choices(logLevels).default('info'))
    .addHelpText('after', '\nSIGTERM or Ctrl-C writes everything to disk, then it ends. A second Ctrl-C ends at once.')
    .action(action)
  return program
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
