import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { positive } from '../bench/command/positive.ts'
import { torture } from './torture.ts'

/** `npm run torture`: the product on real servers, through faults of every kind, with every key compared all the time. */
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))
await new Command('torture')
  .description('counts through faults of every kind, on real servers, compared with what they have to be every second')
  .option('--minutes <n>', 'go on for so long; the first round of all kinds is finished in any case', positive, 5)
  .option('--seed <n>', 'decides the records and the order of the faults', positive)
  .option('--rate <n>', 'records a second', positive, 1500)
  .option('--only <kinds>', 'only kinds of fault whose name matches this regular expression', '')
  .option('--report <file>', 'how many kinds of fault did no harm, and how much is not as it has to be, as JSON')
  .action(async ({ minutes, seed, rate, only, report }: { minutes: number; seed?: number; rate: number; only: string; report?: string }) => {
    const verdict = await torture({ minutes, seed: seed ?? 1 + Math.floor(Math.random() * 1_000_000), recordsPerSecond: rate, only: new RegExp(only, 'u') })
    if (report !== undefined) writeFileSync(report, JSON.stringify(verdict))
    // A socket of a server that was killed may linger.
    process.exit(verdict.failed === 0 ? 0 : 1)
  })
  .parseAsync()
