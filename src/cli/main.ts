import { CommanderError } from 'commander'
import type { Command } from 'commander'
import { systemClock } from '../base/clock.ts'
import { pinoLogger } from '../base/pino-logger.ts'
import { asMillraceError, MillraceError } from '../errors.ts'
import { addBrokerCommand } from './broker-command.ts'
import type { BrokerFlags } from './broker-command.ts'
import { emptyProgram } from './empty-program.ts'
import { errorEvent, errorText } from './error-text.ts'
import { exitCode, exitCodeOf } from './exit-code.ts'
import { processHost } from './process-host.ts'
import type { Screen } from './reporter.ts'

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
  let program: Command | undefined
  try {
    program = await programFor(argv)
    await program.parseAsync(argv, { from: 'user' })
    end(exitCode.ok)
  } catch (error) {
    end(failed(error, argv, program))
  }
}

/** A broker starts in no time: what the other commands need is loaded for them only. */
async function programFor(argv: readonly string[]): Promise<Command> {
  if (argv[0] === 'broker') {
    const program = emptyProgram()
    addBrokerCommand(program, brokerCommand)
    return program
  }
  const { commands } = await import('./commands.ts')
  return commands({
    run: async (file, flags) => (await import('./run-command.ts')).runCommand(screen, file, flags),
    describe: async (file, flags) => (await import('./run-command.ts')).describeCommand(screen, file, flags),
    broker: brokerCommand,
  }, processHost())
}

/** After what was written is out: pipes may take it later. */
function end(code: number): void {
  write('', () => process.exit(code))
}

async function brokerCommand(flags: BrokerFlags): Promise<void> {
  const { runBroker } = await import('./broker.ts')
  const logger = pinoLogger({ level: flags.logLevel })
  return runBroker(flags, { clock: systemClock, logger, signals: process, print: (line) => screen.write(`${line}\n`), exit: process.exit })
}

/** Prints what went wrong and answers the exit code. */
function failed(thrown: unknown, argv: readonly string[], program?: Command): number {
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return exitCode.ok
    // Help was asked for by giving no command, and is printed already.
    if (thrown.code === 'commander.help') return exitCode.usage
  }
  const error = thrown instanceof CommanderError ? usageError(thrown, argv, program) : asMillraceError(thrown, 'MR_INTERNAL')
  if (argv[0] !== 'describe' && argv.includes('--json')) screen.write(`${JSON.stringify(errorEvent(error, systemClock.now()))}\n`)
  else process.stderr.write(errorText(error))
  return exitCodeOf(error.code)
}

function usageError(error: CommanderError, argv: readonly string[], program: Command | undefined): MillraceError {
  const words = ['millrace']
  for (let known = program?.commands ?? [], i = 0; i < argv.length; i++) {
    const next = known.find((command) => command.name() === argv[i])
    if (next === undefined) break
    words.push(next.name())
    known = next.commands
  }
  return new MillraceError('MR_OPTIONS_INVALID', error.message.replace(/^error: /, ''), { remedy: `${words.join(' ')} --help lists the options` })
}
