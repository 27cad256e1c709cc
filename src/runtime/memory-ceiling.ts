import type { MemoryCeiling } from '../metrics/snapshot.ts'
import type { TopologyDescription } from '../topology/topology.ts'
import { defaultOutboxLimits } from '../transport/outbox.ts'
import { highMarkBytes } from './bolt-runner.ts'
import type { Plan } from './plan.ts'
import type { CompiledOptions } from './submit-options.ts'

/** Young objects that are not collected yet, and old ones that V8 lets gather, of one thread. */
const garbageBytes = 48 * 2 ** 20
/** Of a result: its place in the tables of its epoch, or in a Set or a Map. */
const cellBytes = 200
/** One epoch gathers while the one before it is committed. */
const epochs = 2
/** Tables double when they are full, and results are packed once more for the way to the store. */
const copiesInWorker = 4
/** As they came from the workers, as one request, and in the socket. */
const copiesOnMain = 3

/**
 * The most that a topology takes in this process beside what Node and the loaded code take, and which options
 * that follows from. Not in it: what bolts of the user keep, and the values of spouts of their own.
 */
export function memoryCeiling({ components }: TopologyDescription, { channels, tasks, workers }: Plan, options: Pick<CompiledOptions, 'epochs'>): MemoryCeiling {
  const tasksOf = (component: string): number => tasks.filter((task) => task.component === component).length
  let read = 0
  let record = 0
  let called = 0
  for (const { id, kind, memory } of components) {
    if (kind === 'bolt') called += 2 * highMarkBytes * tasksOf(id)
    read += (memory?.heldBytes ?? 0) * tasksOf(id)
    record = Math.max(record, memory?.recordBytes ?? 0)
  }
  const { windowBytes, batchBytes } = defaultOutboxLimits
  const { maxBytes, maxCells } = options.epochs
  const parts = [
    { what: 'read from Kafka', bytes: read, options: ['fetch.maxHeldBytes', 'fetch.maxBytes', 'fetch.maxBatchBytes'] },
    { what: 'waiting for bolts and under way in them', bytes: called, options: ['parallelism'] },
    { what: 'between workers', bytes: channels.length * (windowBytes + 2 * batchBytes + record), options: ['workers', 'fetch.maxRecordBytes'] },
    { what: 'results of two epochs', bytes: epochs * (copiesInWorker * maxBytes + cellBytes * maxCells) + copiesOnMain * maxBytes, options: ['epochs.maxBytes', 'epochs.maxCells'] },
    { what: 'garbage of V8', bytes: (workers + 1) * garbageBytes, options: ['workers'] },
  ].filter(({ bytes }) => bytes > 0)
  return { bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0), parts }
}
