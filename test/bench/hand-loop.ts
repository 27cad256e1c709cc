import { Worker } from 'node:worker_threads'
import { readAssignment, report, reportUsageWhenAsked } from './contestant.ts'

/**
 * The rival: the loop a good programmer writes by hand with kafkajs and ioredis, without exactly-once,
 * without failures in mind, tuned for speed. One thread, or more with the partitions split among them.
 */
const assignment = readAssignment()
let first = true
for (let thread = 0; thread < assignment.threads; thread++) {
  const worker = new Worker(new URL('hand-loop-thread.ts', import.meta.url), { workerData: { ...assignment, thread }, resourceLimits: { maxOldGenerationSizeMb: 4096 } })
  worker.on('message', (atMs: number) => {
    if (first) report({ kind: 'first-fetch', atMs })
    first = false
  })
}
reportUsageWhenAsked()
