import { submit } from 'millrace'
import { readAssignment, report, reportUsageWhenAsked } from './contestant.ts'

/** Our topology on the same data, exactly-once, through the public door. */
const { job, style, brokers, redisUrl, threads, endless } = readAssignment()
const topology = await submit(new URL(`../../topologies/${job}${style === 'bolts' ? '-bolts' : ''}.ts`, import.meta.url), {
  connections: { kafka: { brokers }, redis: { url: redisUrl } },
  workers: threads,
  // Redis was emptied since the last race, and its group still knows how far that one came
  start: { from: 'earliest' },
  untilCaughtUp: !endless,
  log: { level: 'warn' },
})
report({ kind: 'first-fetch', atMs: Date.now() })
reportUsageWhenAsked(() => (endless ? topology.drain() : topology.done))
await topology.done
