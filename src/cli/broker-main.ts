import { addBrokerCommand } from './broker-command.ts'
import { runBroker } from './broker.ts'
import { runCommandLine } from './command-line.ts'
import { emptyProgram } from './empty-program.ts'

/** `millrace broker` and nothing else: a broker starts in no time, and the build folds what it needs into one file. */
export function main(): Promise<void> {
  return runCommandLine(() => addBrokerCommand(emptyProgram(), runBroker))
}
