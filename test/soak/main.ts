import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { positive } from '../bench/command/positive.ts'
import { startKafka } from '../support/kafka-server.ts'
import { startRedis } from '../support/redis-server.ts'
import { judge } from './judgement.ts'
import { soak } from './soak.ts'

/** `npm run soak`: a long run at half of the greatest rate with faults, judged by its slopes. Start to read in `soak.ts`. */
const longestWarmUpSeconds = 7_200
/** What grows in a shorter run may be warming up. */
const tellingSeconds = 3_600

const { hours, minutes, rate, faultEvery, file, own, topology } = new Command('soak')
  .description('A long run at half of the greatest rate, with faults: memory, descriptors, event loops and lag, judged by regression, and every key compared.')
  .option('--hours <n>', 'how long', positive)
  .option('--minutes <n>', 'how long', positive)
  .option('--rate <n>', 'records a second; default: half of what it does at once', positive)
  .option('--fault-every <seconds>', 'default: 1200, or a fifth of the run', positive)
  .option('--file <file>', 'gets every sample as a line of JSON', 'soak.jsonl')
  .option('--own', 'on the broker and the Redis of millrace instead of Apache Kafka and redis-server')
  .option('--topology <name>', 'word-count or word-count-bolts', 'word-count-bolts')
  .parse().opts<{ hours?: number; minutes?: number; rate?: number; faultEvery?: number; file: string; own?: true; topology: string }>()

process.once('SIGINT', () => process.exit(130))
const seconds = Math.round((hours ?? 0) * 3600 + (minutes ?? (hours === undefined ? 10 : 0)) * 60)
const warmUpSeconds = Math.min(longestWarmUpSeconds, seconds / 4)
writeFileSync(file, '')
const [kafka, redis] = await Promise.all([
  startKafka({ own: own === true, jvm: 'fast', config: { 'log.retention.check.interval.ms': '10000' } }),
  startRedis({ own: own === true, config: { appendonly: 'yes' } }),
])
try {
  const { faults, keys, records, samples, wrong } = await soak({ kafka, redis }, {
    seconds, file, topology, faultEverySeconds: faultEvery ?? Math.min(1_200, seconds / 5), ...(rate === undefined ? {} : { rate }),
  }, (line) => console.log(line))
  const { grows, lines } = judge(samples, warmUpSeconds)
  console.log(`\n${seconds} s, ${records} records, ${faults} faults; after a warm-up of ${Math.round(warmUpSeconds)} s, with 95 % bounds:`)
  for (const line of lines) console.log(`  ${line}`)
  for (const line of wrong) console.log(`  ${line}`)
  console.log(`verified ${keys} keys: ${wrong.length} differ`)
  process.exitCode = (grows && seconds >= tellingSeconds) || wrong.length > 0 ? 1 : 0
} finally {
  await Promise.all([kafka.stop(), redis.stop()])
}
