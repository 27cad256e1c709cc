import { CommanderError } from 'commander'
import type { Command } from 'commander'
import { systemClock } from '../base/clock.ts'
import { asMillraceError, MillraceError } from '../errors.ts'
import { errorEvent, errorText } from './error-text.ts'
import { exitCode, exitCodeOf } from './exit-code.ts'
import { writeOutput } from './standard-output.ts'

/** Does what the command line says with the program of commands that is made for it, and ends the process. */
export async function runCommandLine(programFor: () => Command): Promise<void> {
  const argv = process.argv.slice(2)
  process.on('uncaughtException', (error) => end(failed(error, argv)))
  // A reader that has gone away ends no stream.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => {})
  let program: Command | undefined
  try {
    program = programFor()
    await program.parseAsync(argv, { from: 'user' })
    // A command that did its work may have found what is worth another one.
    end(Number(process.exitCode ?? exitCode.ok))
  } catch (error) {
    end(failed(error, argv, program))
  }
}

/** After what was written is out: pipes may take it later. */
function end(code: number): void {
  writeOutput('', () => process.exit(code))
}

/** Prints what went wrong and answers the exit code. */
function failed(thrown: unknown, argv: readonly string[], program?: Command): number {
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return exitCode.ok
    // Help was asked for by giving no command, and is printed already.
    if (thrown.code === 'commander.help') return exitCode.usage
  }
  const error = thrown instanceof CommanderError ? usageError(thrown, argv, program) : asMillraceError(thrown, 'MR_INTERNAL')
  if (argv[0] !== 'describe' && argv.includes('--json')) writeOutput(`${JSON.stringify(errorEvent(error, systemClock.now()))}\n`)
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
