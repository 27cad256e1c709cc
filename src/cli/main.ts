import { CommanderError } from 'commander'
import { systemClock } from '../base/clock.ts'
import { asMillraceError, MillraceError } from '../errors.ts'
import { describeTopologyFile, submit } from '../runtime/submit.ts'
import { describeMermaid } from '../topology/describe-mermaid.ts'
import { describeText } from '../topology/describe-text.ts'
import { commands } from './commands.ts'
import type { DescribeFlags, RunFlags } from './commands.ts'
import { errorEvent, errorText } from './error-text.ts'
import { exitCode, exitCodeOf } from './exit-code.ts'
import { jsonReporter } from './json-reporter.ts'
import { liveReporter } from './live-reporter.ts'
import { parseConnections } from './parse-connections.ts'
import { plainReporter } from './plain-reporter.ts'
import type { Reporter, Screen } from './reporter.ts'
import { run } from './run.ts'
import { topologyUrl } from './topology-url.ts'

const write = process.stdout.write.bind(process.stdout)
const screen: Screen = {
  write: (text) => void write(text),
  get columns() {
    return process.stdout.columns
  },
  get rows() {
    return process.stdout.rows
  },
}

/** Does what the command line says, and ends the process. */
export async function main(): Promise<void> {
  const argv = process.argv.slice(2)
  process.on('uncaughtException', (error) => end(failed(error, argv)))
  // A reader that has gone away ends no stream.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => {})
  try {
    await commands({ run: runCommand, describe: describeCommand }).parseAsync(argv, { from: 'user' })
    end(exitCode.ok)
  } catch (error) {
    end(failed(error, argv))
  }
}

/** After what was written is out: pipes may take it later. */
function end(code: number): void {
  write('', () => process.exit(code))
}

async function runCommand(file: string, flags: RunFlags): Promise<void> {
  const { workers, instance, from, seek, untilCaughtUp, logLevel } = flags
  const live = process.stdout.isTTY && flags.json !== true
  // What the user's code prints arrives at this thread's standard output, where only objects belong now.
  if (flags.json === true) process.stdout.write = process.stderr.write.bind(process.stderr)
  await run(topologyUrl(file), {
    connections: parseConnections(flags),
    ...(workers === undefined ? {} : { workers }),
    ...(instance === undefined ? {} : { instance }),
    start: { ...(from === undefined ? {} : { from }), ...(seek === undefined ? {} : { seek }) },
    untilCaughtUp: untilCaughtUp === true,
    // The table says what `info` lines would.
    log: { level: logLevel ?? (live ? 'warn' : 'info') },
  }, { submit, reporter: reporter(live, flags), clock: systemClock, signals: process, exit: process.exit })
}

function reporter(live: boolean, flags: RunFlags): Reporter {
  if (flags.json === true) return jsonReporter(screen, systemClock)
  return live ? liveReporter(screen) : plainReporter(screen)
}

async function describeCommand(file: string, flags: DescribeFlags): Promise<void> {
  const description = await describeTopologyFile(topologyUrl(file))
  if (flags.json === true) screen.write(`${JSON.stringify(description, null, 2)}\n`)
  else screen.write(flags.mermaid === true ? describeMermaid(description) : describeText(description))
}

/** Prints what went wrong and answers the exit code. */
function failed(thrown: unknown, argv: readonly string[]): number {
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return exitCode.ok
    // Help was asked for by giving no command, and is printed already.
    if (thrown.code === 'commander.help') return exitCode.usage
  }
  const error = thrown instanceof CommanderError ? usageError(thrown, argv) : asMillraceError(thrown, 'MR_INTERNAL')
  if (argv[0] === 'run' && argv.includes('--json')) screen.write(`${JSON.stringify(errorEvent(error, systemClock.now()))}\n`)
  else process.stderr.write(errorText(error))
  return exitCodeOf(error.code)
}

function usageError(error: CommanderError, argv: readonly string[]): MillraceError {
  const command = argv[0] === 'run' || argv[0] === 'describe' ? `millrace ${argv[0]}` : 'millrace'
  return new MillraceError('MR_OPTIONS_INVALID', error.message.replace(/^error: /, ''), { remedy: `${command} --help lists the options` })
}
