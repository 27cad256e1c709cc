import { submit } from 'millrace'
import { readAssignment } from '../assignment.ts'
import { say } from '../contestant-lines.ts'
import { features } from './features.ts'

/** A contestant: the topology with the feature that the first argument names. */
const { brokers, redisUrl } = readAssignment()
const { topology, options } = features.find(({ name }) => name === process.argv[2])!
const running = await submit(new URL(topology, import.meta.url), {
  connections: { kafka: { brokers }, redis: { url: redisUrl } },
  start: { from: 'earliest' },
  untilCaughtUp: true,
  log: { level: 'warn' },
  ...options,
})
say({ kind: 'first-fetch', atMs: Date.now() })
await running.done
// Contestants end when they are killed.
setInterval(() => {}, 60_000)
