import { CommanderError } from 'commander'
import type { Command } from 'commander'
import { systemClock } from '../base/clock.ts'
import { pinoLogger } from '../base/pino-logger.ts'
import { asMillraceError, MillraceError } from '../errors.ts'
import { describeTopologyFile, submit } from '../runtime/submit.ts'
import { describeMermaid } from '../topology/describe-mermaid.ts'
import { describeText } from '../topology/describe-text.ts'
import { runBroker } from './broker.ts'
import type { BrokerFlags } from './broker.ts'
import { commands } from './commands.ts'
import type { DescribeFlags, RunFlags } from './commands.ts'
import { errorEvent, errorText } from './error-text.ts'
import { exitCode, exitCodeOf } from './exit-code.ts'
import { jsonReporter } from './json-reporter.ts'
import { liveReporter } from './live-reporter.ts'
import { startMissingServers } from './missing-servers.ts'
import type { MissingServers } from './missing-servers.ts'
import { parseConnections } from './parse-connections.ts'
import { plainReporter } from './plain-reporter.ts'
import { processHost } from './process-host.ts'
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
    await program().parseAsync(argv, { from: 'user' })
    end(exitCode.ok)
  } catch (error) {
    end(failed(error, argv))
  }
}

function program(): Command {
  return commands({ run: runCommand, describe: describeCommand, broker: brokerCommand }, processHost())
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
  const url = topologyUrl(file)
  const servers = await serversFor(url, flags)
  const running = run(url, {
    connections: servers.connections,
    ...(workers === undefined ? {} : { workers }),
    ...(instance === undefined ? {} : { instance }),
    start: { ...(from === undefined ? {} : { from }), ...(seek === undefined ? {} : { seek }) },
    untilCaughtUp: untilCaughtUp === true,
    // The table says what `info` lines would.
    log: { level: logLevel ?? (live ? 'warn' : 'info') },
  }, { submit, reporter: reporter(live, flags), clock: systemClock, signals: process, exit: process.exit })
  try {
    await Promise.race([running, servers.failed])
  } finally {
    await servers.close()
  }
}

/** Most runs name all servers they need, and then nothing is looked up. */
async function serversFor(url: URL, flags: RunFlags): Promise<Pick<MissingServers, 'connections' | 'failed' | 'close'>> {
  const connections = parseConnections(flags)
  if (connections['kafka'] !== undefined && connections['redis'] !== undefined) return { connections, failed: new Promise<never>(() => {}), close: () => Promise.resolve() }
  return startMissingServers({
    dataDir: flags.dataDir,
    description: await describeTopologyFile(url),
    connections,
    say: (line) => void process.stderr.write(`${line}\n`),
  })
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

function brokerCommand(flags: BrokerFlags): Promise<void> {
  const logger = pinoLogger({ level: flags.logLevel })
  return runBroker(flags, { clock: systemClock, logger, signals: process, print: (line) => screen.write(`${line}\n`), exit: process.exit })
}

/** Prints what went wrong and answers the exit code. */
function failed(thrown: unknown, argv: readonly string[]): number {
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return exitCode.ok
    // Help was asked for by giving no command, and is printed already.
    if (thrown.code === 'commander.help') return exitCode.usage
  }
  const error = thrown instanceof CommanderError ? usageError(thrown, argv) : asMillraceError(thrown, 'MR_INTERNAL')
  if (argv[0] !== 'describe' && argv.includes('--json')) screen.write(`${JSON.stringify(errorEvent(error, systemClock.now()))}\n`)
  else process.stderr.write(errorText(error))
  return exitCodeOf(error.code)
}

function usageError(error: CommanderError, argv: readonly string[]): MillraceError {
  const words = ['millrace']
  for (let known = program().commands, i = 0; i < argv.length; i++) {
    const next = known.find((command) => command.name() === argv[i])
    if (next === undefined) break
    words.push(next.name())
    known = next.commands
  }
  return new MillraceError('MR_OPTIONS_INVALID', error.message.replace(/^error: /, ''), { remedy: `${words.join(' ')} --help lists the options` })
}
