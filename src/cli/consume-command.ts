import { Option } from 'commander'
import type { Command } from 'commander'
import { MillraceError } from '../errors.ts'
import type { Isolation } from '../kafka/source-options.ts'
import { ConsumeRun } from './consume-run.ts'
import { filled } from './filled.ts'
import { numberParser } from './parse-number.ts'
import { parsePlace } from './parse-place.ts'
import type { Place } from './parse-place.ts'
import { recordOutput, recordParts } from './record-output.ts'
import type { RecordPart } from './record-output.ts'
import { withClusterOptions } from './tool-cluster.ts'
import type { ClusterFlags } from './tool-cluster.ts'
import type { ToolHost } from './tool-host.ts'

export interface ConsumeFlags extends ClusterFlags {
  readonly fromBeginning?: true
  readonly partition?: readonly number[]
  readonly offset?: Place
  readonly group?: string
  readonly max?: number
  readonly timeout?: number
  readonly untilCaughtUp?: true
  readonly isolation: Isolation
  readonly json?: true
  readonly print?: readonly RecordPart[]
  readonly keySeparator: string
  readonly output?: string
  readonly outputDir?: string
}

/** `millrace consume TOPIC`: what kafka-console-consumer does, and values into files. */
export function addConsumeCommand(program: Command, host: ToolHost): void {
  withClusterOptions(program.command('consume'))
    .description('Print records, or write them to files.')
    .argument('<topic>', 'what to read')
    .addOption(new Option('--from-beginning', 'begin at the first record instead of behind the last; with --group only where it has committed nothing').conflicts('offset'))
    .option('--partition <list>', 'these partitions only: 0 or 0,2', parsePartitions)
    .option('--offset <place>', 'where to begin: an offset, earliest, latest, or end-N for the last N records of each partition', parsePlace)
    .addOption(new Option('--group <name>', 'share the partitions with the other members of this group, and commit what was read').argParser(filled).conflicts(['partition', 'offset']))
    .option('--max <n>', 'end after so many records', numberParser('--max', 1))
    .option('--timeout <ms>', 'end when no record came for so long', numberParser('--timeout', 1))
    .option('--until-caught-up', 'end when all that was there at the start is read')
    .addOption(new Option('--isolation <level>', 'whether records of open and aborted transactions are shown').choices(['read_committed', 'read_uncommitted']).default('read_committed'))
    .option('--json', 'one JSON object per record; what is no text as base64, in keyBase64 or valueBase64')
    .addOption(new Option('--print <parts>', `what stands in front of the value: ${recordParts.join(',')}`).argParser(parseParts).conflicts('json'))
    .option('--key-separator <text>', 'what stands between the parts', '\t')
    .addOption(new Option('--output <file>', 'write the values to this file, byte for byte and nothing between them').argParser(filled).conflicts(['json', 'print', 'outputDir']))
    .addOption(new Option('--output-dir <dir>', 'write each value to a file of its own: PARTITION-OFFSET, and -KEY where there is one').argParser(filled).conflicts(['json', 'print']))
    .addHelpText('after', '\nCtrl-C ends it, after the group\'s commit.')
    .action((topic: string, flags: ConsumeFlags) => consume(topic, flags, host))
}

async function consume(topic: string, flags: ConsumeFlags, host: ToolHost): Promise<void> {
  if (flags.group !== undefined && flags.untilCaughtUp === true && flags.max === undefined && flags.timeout === undefined) {
    throw new MillraceError('MR_OPTIONS_INVALID', '--until-caught-up cannot tell when a group has caught up: its members change', { remedy: 'use --timeout or --max with --group' })
  }
  const output = await recordOutput(flags, host)
  try {
    await new ConsumeRun(topic, flags, output, host).run()
  } finally {
    await output.close()
  }
}

function parsePartitions(text: string): number[] {
  if (/^\d{1,9}(,\d{1,9})*$/.test(text)) return [...new Set(text.split(',').map(Number))]
  throw new MillraceError('MR_OPTIONS_INVALID', `--partition: "${text}" is no list of partitions`, { remedy: 'write it like --partition 0 or --partition 0,2' })
}

function parseParts(text: string): RecordPart[] {
  const parts = text.split(',')
  const unknown = parts.find((part) => !recordParts.some((known) => known === part))
  if (unknown === undefined) return recordParts.filter((part) => parts.includes(part))
  throw new MillraceError('MR_OPTIONS_INVALID', `--print: "${unknown}" is not known`, { remedy: `name some of ${recordParts.join(', ')}` })
}
