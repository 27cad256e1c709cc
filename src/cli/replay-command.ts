import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Option } from 'commander'
import type { Command } from 'commander'
import { logLevels } from '../base/pino-logger.ts'
import type { LogLevel } from '../base/pino-logger.ts'
import { MillraceError } from '../errors.ts'
import { parseOffsetsFile, parsePartition, parsePoint } from '../replay/parse-point.ts'
import type { ReplayPoint } from '../replay/wish.ts'
import { brokersOption } from './brokers-option.ts'
import { filled } from './filled.ts'
import { numberParser } from './parse-number.ts'

export const replayActions = ['status', 'pause', 'resume', 'switch', 'rollback', 'drop'] as const
export type ReplayAction = (typeof replayActions)[number]

export const replayModes = ['side-by-side', 'repair', 'reset'] as const
export type ReplayMode = (typeof replayModes)[number]

/** `millrace replay`, as written: checked one by one, not yet together. */
export interface ReplayFlags {
  readonly from?: ReplayPoint
  readonly offsets?: ReplayPoint
  readonly to?: ReplayPoint
  readonly partition?: readonly string[]
  readonly mode?: ReplayMode
  readonly slack?: number
  readonly rate?: number
  readonly acceptLoss?: true
  readonly execute?: true
  readonly whenCaughtUp?: true
  readonly compare?: true
  readonly confirm?: string
  readonly brokers?: string
  readonly redis?: string
  readonly kafkaSettings?: string
  readonly workers?: number
  readonly instance?: string
  readonly json?: true
  readonly logLevel?: LogLevel
}

/** Flags of a replay that is begun; an action takes none of them. */
const ofBeginning = ['from', 'offsets', 'to', 'partition', 'mode', 'slack', 'rate', 'acceptLoss', 'execute', 'confirm', 'workers', 'instance'] as const

/** `millrace replay FILE`: shows what a replay would do, does it, and steers it. */
export function addReplayCommand(program: Command, run: (file: string, action: ReplayAction | undefined, flags: ReplayFlags) => Promise<void>): void {
  program.command('replay')
    .description('Count again from anywhere, beside the live results. Shows what it would do; --execute does it.')
    .argument('<file>', 'the file whose default export is the topology')
    .argument('[action]', `of a replay that was begun: ${replayActions.join(', ')}`, parseAction)
    .option('--from <place>', 'where it begins: earliest, start (of the live results), topic/partition=offset,…, an ISO time or ms since 1970, 6h or 90m ago, 1000-back from the end, now', (text: string) => parsePoint('--from', text))
    .addOption(new Option('--offsets <file>', 'where it begins, from a file: JSON, or a line "topic/partition offset" each').conflicts('from').argParser(readOffsets))
    .option('--to <place>', 'where it ends, in the same words; default: it follows the topic', (text: string) => parsePoint('--to', text))
    .option('--partition <topic/p>', 'only of this partition, the others begin where the live results do; may be given often', (text: string, before: readonly string[] | undefined): readonly string[] => [...before ?? [], parsePartition('--partition', text)])
    .option('--mode <mode>', 'side-by-side (default): beside the live results; repair: the windows of event time between --from and --to alone; reset: deletes the live results and counts anew', parseMode)
    .option('--slack <ms>', 'repair: how much later than its event a record may be written; default: 600000', numberParser('--slack', 0))
    .option('--rate <n>', 'at most so many records a second', numberParser('--rate', 1))
    .option('--accept-loss', 'begin even though the logs do not hold all that was asked for')
    .option('--execute', 'do it; the same command goes on with a replay that was interrupted')
    .option('--confirm <name>', 'the name of the topology, for --mode reset', filled)
    .option('--when-caught-up', 'switch: wait until the replay is as far as the live results')
    .option('--compare', 'status and switch: name the keys first that differ most between the live results and the replay, as they stand')
    .addOption(brokersOption('Kafka brokers, host:port,…'))
    .addOption(new Option('--redis <url>', 'redis://… or rediss://…; put passwords in the variable').env('MILLRACE_REDIS'))
    .option('--kafka-settings <file>', 'JSON file with clientId, ssl, sasl of the Kafka connection', filled)
    .option('--workers <n>', 'worker threads', numberParser('--workers', 1, 256))
    .option('--instance <name>', 'name of this process among those of the replay', filled)
    .option('--json', 'one JSON object per line on standard output')
    .addOption(new Option('--log-level <level>', 'lines on standard error').choices(logLevels))
    .addHelpText('after', '\nThe live results go on being counted and read until `switch`, which exchanges them at one moment. SIGTERM or Ctrl-C ends the process, not the replay.')
    .action((file: string, action: ReplayAction | undefined, flags: ReplayFlags) => {
      refuseTogether(action, flags)
      return run(file, action, flags)
    })
}

function refuseTogether(action: ReplayAction | undefined, flags: ReplayFlags): void {
  const other = action === undefined ? undefined : ofBeginning.find((name) => flags[name] !== undefined)
  if (other !== undefined) throw unfit(`replay ${action} takes no --${dashed(other)}`, 'leave it out: it acts on the replay that was begun')
  if (action !== 'switch' && flags.whenCaughtUp === true) throw unfit('--when-caught-up is for replay FILE switch', 'leave it out, or switch')
  if (action !== 'switch' && action !== 'status' && flags.compare === true) throw unfit('--compare is for replay FILE status and replay FILE switch', 'begin the replay first')
  if (action !== undefined) return
  if (flags.from === undefined && flags.offsets === undefined) throw unfit('it is not said where the replay begins', 'say --from earliest, start, a time, how long ago, topic/partition=offset,… or 1000-back; or --offsets FILE')
  if (flags.slack !== undefined && flags.mode !== 'repair') throw unfit('--slack is for --mode repair', 'leave it out')
  if (flags.mode === 'repair') {
    if (flags.from === undefined || flags.to === undefined) throw unfit('a repair needs --from and --to: it makes the windows between them anew', 'say two times, like --from 6h --to now')
    if (flags.partition !== undefined || flags.rate !== undefined) throw unfit('a repair takes no --partition and no --rate: windows hold records of all partitions', 'leave them out')
  }
  if (flags.mode === 'reset' && (flags.to !== undefined || flags.rate !== undefined)) throw unfit('a reset in place takes no --to and no --rate: the live run counts on from there', 'leave them out')
}

function parseAction(text: string): ReplayAction {
  const action = replayActions.find((known) => known === text)
  if (action !== undefined) return action
  throw unfit(`"${text}" is nothing a replay can be told`, `say one of ${replayActions.join(', ')}`)
}

function parseMode(text: string): ReplayMode {
  const mode = replayModes.find((known) => known === text)
  if (mode !== undefined) return mode
  if (text === 'additive' || text === 'rewind') {
    throw new MillraceError('MR_REWIND_REFUSED', 'going back and adding to the results that are there would count records twice', {
      remedy: 'leave out --mode: a replay counts from nothing beside the live results, and `switch` makes it live; --mode reset deletes the results first',
    })
  }
  throw unfit(`--mode: "${text}" is no mode`, `say one of ${replayModes.join(', ')}`)
}

function readOffsets(file: string): ReplayPoint {
  let text: string
  try {
    text = readFileSync(resolve(file), 'utf8')
  } catch (error) {
    throw new MillraceError('MR_OPTIONS_INVALID', '--offsets: the file cannot be read', { place: { at: file }, cause: error, remedy: 'correct the path; it starts at the working directory' })
  }
  return parseOffsetsFile('--offsets', text)
}

function dashed(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function unfit(message: string, remedy: string): MillraceError {
  return new MillraceError('MR_OPTIONS_INVALID', message, { remedy })
}
