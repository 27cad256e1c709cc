import { Command } from 'commander'
import { execFileSync } from 'node:child_process'
import { brokerTable, raceBrokers } from '../brokers.ts'
import { withJsonOption, writeFigures } from './files.ts'
import { positive } from './positive.ts'

interface Options {
  readonly runs: number
  readonly megabytes: number
  readonly smoke?: true
  readonly json?: string
}

export function brokerCommand(): Command {
  return withJsonOption(new Command('broker'))
    .description('the embedded broker beside Apache Kafka')
    .option('--runs <n>', 'runs of each measure', positive, 3)
    .option('--megabytes <n>', 'bytes moved in each measure', positive, 200)
    .option('--smoke', '20 megabytes, one run')
    .action(async (options: Options) => {
      execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] })
      const figures = await raceBrokers({ runs: options.smoke ? 1 : options.runs, megabytes: options.smoke ? 20 : options.megabytes, print: console.log })
      console.log(`\n${brokerTable(figures)}`)
      await writeFigures(options.json, figures)
    })
}
