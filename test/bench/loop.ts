import { Worker } from 'node:worker_threads'
import { readAssignment } from './assignment.ts'
import { say, sayProgress } from './contestant-lines.ts'
import type { LoopThreadData } from './loop-thread.ts'

/** The process of every loop written by hand. Its threads, whose program is the first argument, share the partitions among them. */
const assignment = readAssignment()
const program = new URL(process.argv[2]!, import.meta.url)
const counted = new Int32Array(new SharedArrayBuffer(4 * assignment.threads))
let first = true
for (let thread = 0; thread < assignment.threads; thread++) {
  const workerData: LoopThreadData = { assignment, thread, counted }
  const worker = new Worker(program, { workerData, resourceLimits: { maxOldGenerationSizeMb: 4096 } })
  worker.on('message', (atMs: number) => {
    if (first) say({ kind: 'first-fetch', atMs })
    first = false
  })
}
sayProgress(() => counted.reduce((sum, records) => sum + records))
