import { Command, CommanderError } from 'commander'
import { brokerCommand } from './command/broker.ts'
import { idleCommand } from './command/idle.ts'
import { featuresCommand } from './command/features.ts'
import { jobsCommand } from './command/jobs.ts'
import { latencyCommand } from './command/latency.ts'
import { startCommand } from './command/start.ts'
import { sweepCommand } from './command/sweep.ts'

/** `npm run bench`: every measurement is a command of its own. Start to read in `race.ts`. */
process.once('SIGINT', () => process.exit(130))
const bench = new Command('bench')
  .addCommand(jobsCommand(), { isDefault: true })
  .addCommand(latencyCommand())
  .addCommand(sweepCommand())
  .addCommand(startCommand())
  .addCommand(featuresCommand())
  .addCommand(brokerCommand())
  .addCommand(idleCommand())
  .addHelpText('after', '\nWithout a command: jobs. Options of a command: npm run bench -- jobs --help')
try {
  await bench.parseAsync()
} catch (error) {
  // What is wrong with options that only the command itself can tell.
  if (!(error instanceof CommanderError)) throw error
  console.error(`error: ${error.message}`)
  process.exitCode = 1
}
