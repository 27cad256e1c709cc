import { Option } from 'commander'
import type { Command } from 'commander'
import { logLevels } from '../base/pino-logger.ts'
import type { LogLevel } from '../base/pino-logger.ts'
import { brokersOption } from './brokers-option.ts'
import { filled } from './filled.ts'
import { numberParser } from './parse-number.ts'

/** `millrace verify`, as written. */
export interface VerifyFlags {
  readonly brokers?: string
  readonly redis?: string
  readonly kafkaSettings?: string
  readonly workers?: number
  readonly json?: true
  readonly logLevel?: LogLevel
}

/** `millrace verify FILE`: whether the live results are what their records make. */
export function addVerifyCommand(program: Command, run: (file: string, flags: VerifyFlags) => Promise<void>): void {
  program.command('verify')
    .description('Count all records of the live results again and compare every key.')
    .argument('<file>', 'the file whose default export is the topology')
    .addOption(brokersOption('Kafka brokers, host:port,…'))
    .addOption(new Option('--redis <url>', 'redis://… or rediss://…; put passwords in the variable').env('MILLRACE_REDIS'))
    .option('--kafka-settings <file>', 'JSON file with clientId, ssl, sasl of the Kafka connection', filled)
    .option('--workers <n>', 'worker threads', numberParser('--workers', 1, 256))
    .option('--json', 'one JSON object per line on standard output')
    .addOption(new Option('--log-level <level>', 'lines on standard error').choices(logLevels))
    .addHelpText('after', '\nThe topology may run meanwhile: its commits wait while keys are compared. The recount needs as much memory in Redis as the results, until it is deleted at the end. Exit code 1 when a key differs.')
    .action(run)
}
