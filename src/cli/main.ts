import { commands } from './commands.ts'
import { runCommandLine } from './command-line.ts'
import { processHost } from './process-host.ts'
import type { Screen } from './reporter.ts'
import { writeOutput } from './standard-output.ts'

const screen: Screen = {
  write: (text) => void writeOutput(text),
  get columns() {
    return process.stdout.columns
  },
  get rows() {
    return process.stdout.rows
  },
}

/** `millrace` with all its commands. What one of them needs is loaded when it is asked for. */
export function main(): Promise<void> {
  const host = processHost()
  return runCommandLine(() => commands({
    run: async (file, flags) => (await import('./run-command.ts')).runCommand(screen, file, flags),
    describe: async (file, flags) => (await import('./run-command.ts')).describeCommand(screen, file, flags),
    broker: async (flags) => (await import('./broker.ts')).runBroker(flags),
    verify: async (file, flags) => (await import('./verify.ts')).verifyCommand(screen, host, file, flags),
    replay: async (file, action, flags) => (await import('./replay.ts')).replayCommand(screen, host, file, action, flags),
  }, host))
}
