import { submit } from 'millrace'

/** Runs the topology file of the first argument to its end and prints its last metrics as `millrace run --json` does; however many records become dead letters. */
const [file, brokers, redisUrl] = process.argv.slice(2) as [string, string, string]
const topology = await submit(new URL(file, import.meta.url), {
  connections: { kafka: { brokers: brokers.split(',') }, redis: { url: redisUrl } },
  workers: 2,
  untilCaughtUp: true,
  deadLetters: { perMinute: Number.MAX_SAFE_INTEGER, share: 1 },
  log: { level: 'info' },
})
await topology.done
process.stdout.write(`${JSON.stringify({ type: 'stopped', ...topology.metrics() })}\n`)
