import { onTestFinished } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import type { SpoutDefinition, SpoutTask } from '../../src/topology/spout.ts'
import type { Tuple } from '../../src/tuple/fields.ts'

export interface SpoutReader {
  readonly task: SpoutTask
  /** All that was emitted, in order. Rejects with what the task failed for, or with the first record it refused. */
  until(enough: (tuples: readonly Tuple[]) => boolean): Promise<readonly Tuple[]>
  close(): Promise<void>
}

/** Runs one task of a spout the way a worker does: turns of bounded work, waiting for a wake when nothing is ready. */
export async function openSpout(spout: SpoutDefinition, brokers: readonly string[], positions: Readonly<Record<string, number>>, limits: Readonly<Record<string, number>> = {}): Promise<SpoutReader> {
  const tuples: Tuple[] = []
  let failure: unknown
  let wake = (): void => {}
  const fail = (error: unknown): void => {
    failure ??= error
    wake()
  }
  const task = spout.createTask({
    topology: 'test', component: 'read', task: 1, index: 0, parallelism: 1, worker: 0,
    tasksOf: () => [],
    log: silentLogger, clock: systemClock, metrics: { counter: () => ({ add: () => {} }) },
    connections: { kafka: { brokers: [...brokers] } },
    positions: Object.entries(positions).map(([partition, offset]) => ({ partition, offset })),
    lineage: Object.keys(positions).map((_, i) => i),
    limits: new Map(Object.entries(limits)),
    wake: () => wake(),
    fail,
  })
  await task.open?.()
  const out = { emit: (tuple: Tuple): void => void tuples.push(tuple), emitBatch: fail, reject: fail }
  return {
    task,
    async until(enough) {
      for (;;) {
        for (let i = 0; i < 1_000 && failure === undefined; i++) {
          if (task.nextTuple(out)) continue
          if (enough(tuples) || task.finished()) return tuples
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
        if (failure !== undefined) throw failure
        if (enough(tuples)) return tuples
        await new Promise(setImmediate)
      }
    },
    async close() {
      await task.close?.()
    },
  }
}

/** A reader that is closed when the test ends. */
export async function reading(spout: SpoutDefinition, brokers: readonly string[], positions: Readonly<Record<string, number>>, limits: Readonly<Record<string, number>> = {}): Promise<SpoutReader> {
  const reader = await openSpout(spout, brokers, positions, limits)
  onTestFinished(() => reader.close())
  return reader
}

export function values(tuples: readonly Tuple[]): unknown[] {
  return tuples.map((tuple) => tuple['value'])
}
