import { Command } from 'commander'
import { positive } from '../bench/command/positive.ts'
import { startKafka } from '../support/kafka-server.ts'
import { startRedis } from '../support/redis-server.ts'
import { fuzzRound, type JobOutcome } from './fuzz-round.ts'

/** `npm run fuzz`: hostile records through real topologies, on the broker and the Redis of millrace. Start to read in `fuzz-round.ts`. */
const roundRecords = 100_000

const { records, seed } = new Command('fuzz')
  .description('Hostile records through topologies of functions and of library bolts; each must end in exactly one way, and every key must be right.')
  .option('--records <n>', 'how many', positive, 200_000)
  .option('--seed <n>', 'the same records again', positive, (Date.now() % 1_000_000) + 1)
  .parse().opts<{ records: number; seed: number }>()

process.once('SIGINT', () => process.exit(130))
const [kafka, redis] = await Promise.all([startKafka({ own: true }), startRedis({ own: true })])
const totals = new Map<string, JobOutcome>()
try {
  for (let done = 0, round = 0; done < records; done += roundRecords, round++) {
    const outcomes = await fuzzRound({ brokers: kafka.brokers, redisUrl: redis.url }, Math.min(roundRecords, records - done), seed + round)
    for (const outcome of outcomes) {
      for (const fault of outcome.faults) console.log(`${outcome.job}, seed ${seed + round}: ${fault}`)
      const before = totals.get(outcome.job)
      totals.set(outcome.job, before === undefined ? outcome : {
        ...outcome,
        records: before.records + outcome.records,
        givenUp: before.givenUp + outcome.givenUp,
        keys: before.keys + outcome.keys,
        faults: [...before.faults, ...outcome.faults],
      })
    }
    console.log(`${Math.min(records, done + roundRecords)} records, seed ${seed + round}: ${outcomes.reduce((sum, { faults }) => sum + faults.length, 0)} faults`)
  }
} finally {
  await Promise.all([kafka.stop(), redis.stop()])
}
for (const { job, records: read, givenUp, keys, faults } of totals.values()) console.log(`${job.padEnd(28)} ${read} records read, ${givenUp} given up, ${keys} keys and fields compared, ${faults.length} faults`)
const faults = [...totals.values()].reduce((sum, outcome) => sum + outcome.faults.length, 0)
console.log(`fuzzed ${records} records from seed ${seed}: ${faults} faults`)
process.exitCode = faults === 0 ? 0 : 1
