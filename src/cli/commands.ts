import { Option } from 'commander'
import type { Command } from 'commander'
import { logLevels } from '../base/pino-logger.ts'
import type { LogLevel } from '../base/pino-logger.ts'
import { MillraceError } from '../errors.ts'
import type { StartWish } from '../topology/connector.ts'
import { addBrokerCommand } from './broker-command.ts'
import type { BrokerFlags } from './broker-command.ts'
import { addDeadLettersCommand } from './dead-letters-command.ts'
import { brokersOption } from './brokers-option.ts'
import { parseFrom } from './parse-from.ts'
import { emptyProgram } from './empty-program.ts'
import { filled } from './filled.ts'
import { addReplayCommand } from './replay-command.ts'
import type { ReplayAction, ReplayFlags } from './replay-command.ts'
import { parseSeek } from './parse-seek.ts'
import type { ToolHost } from './tool-host.ts'
import { addTopicTools } from './topic-tools.ts'
import { addVerifyCommand } from './verify-command.ts'
import type { VerifyFlags } from './verify-command.ts'

/** `millrace run`, as written: checked one by one, not yet together. */
export interface RunFlags {
  readonly brokers?: string
  readonly redis?: string
  readonly kafkaSettings?: string
  readonly workers?: number
  readonly instance?: string
  readonly from?: NonNullable<StartWish['from']>
  readonly seek?: NonNullable<StartWish['seek']>
  readonly untilCaughtUp?: true
  readonly deadLetters?: string
  readonly guarantee?: 'exactly-once' | 'at-most-once'
  readonly json?: true
  readonly logLevel?: LogLevel
  readonly dataDir: string
}

export interface DescribeFlags {
  readonly mermaid?: true
  readonly json?: true
}

export interface Actions {
  run(file: string, flags: RunFlags): Promise<void>
  describe(file: string, flags: DescribeFlags): Promise<void>
  broker(flags: BrokerFlags): Promise<void>
  verify(file: string, flags: VerifyFlags): Promise<void>
  replay(file: string, action: ReplayAction | undefined, flags: ReplayFlags): Promise<void>
}

/** The command line. Faults are thrown: as CommanderError, or as MillraceError from the parsers here. */
export function commands(actions: Actions, host: ToolHost): Command {
  const program = emptyProgram()
  program.command('run')
    .description('Run a topology until it is interrupted or has caught up.')
    .argument('<file>', 'the file whose default export is the topology')
    .addOption(brokersOption('Kafka brokers, host:port,…; default: an embedded one'))
    .addOption(new Option('--redis <url>', 'redis://… or rediss://…; put passwords in the variable; default: an embedded one').env('MILLRACE_REDIS'))
    .option('--data-dir <dir>', 'where the embedded ones keep their data', filled, '.millrace')
    .option('--kafka-settings <file>', 'JSON file with clientId, ssl, sasl of the Kafka connection', filled)
    .option('--workers <n>', 'worker threads', parseWorkers)
    .option('--instance <name>', 'name of this process among those of the topology', parseName)
    .option('--from <place>', 'where to begin: committed, earliest, latest, an ISO time or ms since 1970', parseFrom)
    .option('--seek <list>', 'where partitions begin: topic/partition=offset,…', parseSeek)
    .option('--until-caught-up', 'end when all that was there at the start is processed')
    .addOption(new Option('--guarantee <which>', 'what a fault does to the results; default: exactly-once').choices(['exactly-once', 'at-most-once']))
    .option('--dead-letters <topic>', 'where dead letters go; default: TOPOLOGY.dead-letters', filled)
    .option('--json', 'one JSON object per line on standard output')
    .addOption(new Option('--log-level <level>', 'lines on standard error').choices(logLevels))
    .addHelpText('after', '\nSIGTERM or Ctrl-C drains: what was read is committed, then it ends. A second Ctrl-C ends at once.')
    .action(actions.run)
  program.command('describe')
    .description('Show the components and streams of a topology; needs no servers.')
    .argument('<file>', 'the file whose default export is the topology')
    .addOption(new Option('--mermaid', 'as a Mermaid flowchart').conflicts('json'))
    .option('--json', 'as JSON')
    .action(actions.describe)
  addReplayCommand(program, actions.replay)
  addVerifyCommand(program, actions.verify)
  addBrokerCommand(program, actions.broker)
  addDeadLettersCommand(program, host)
  addTopicTools(program, host)
  return program
}

function parseWorkers(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new MillraceError('MR_OPTIONS_INVALID', `--workers: "${text}" is not a number of threads`, { remedy: 'write a whole number from 1' })
}

function parseName(text: string): string {
  if (text.trim() !== '') return text
  throw new MillraceError('MR_OPTIONS_INVALID', '--instance: the name is empty')
}
