import { submit } from 'millrace'
import { readAssignment } from './assignment.ts'
import { progressEveryMs, say, sayProgress } from './contestant-lines.ts'

/** Our topology on the same data, through the public door. */
const { job, style, variant, brokers, redisUrl, threads, endless } = readAssignment()
const topology = await submit(new URL(`../../topologies/${job}${style === 'bolts' ? '-bolts' : ''}.ts`, import.meta.url), {
  connections: { kafka: { brokers }, redis: { url: redisUrl } },
  workers: threads,
  guarantee: variant ?? 'exactly-once',
  // Redis was emptied since the last race, and its group still knows how far that one came
  start: { from: 'earliest' },
  untilCaughtUp: !endless,
  ...(endless ? {} : { metricsEveryMs: progressEveryMs }),
  log: { level: 'warn' },
})
say({ kind: 'first-fetch', atMs: Date.now() })
if (!endless) sayProgress(() => topology.metrics().components.reduce((sum, { kind, received }) => (kind === 'spout' ? sum + received : sum), 0))
await topology.done
