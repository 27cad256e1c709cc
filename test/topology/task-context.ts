import { silentLogger } from '../../src/base/logger.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import type { BoltCollector } from '../../src/topology/bolt.ts'
import type { TaskContext } from '../../src/topology/context.ts'
import type { SpoutCollector, SpoutContext, SpoutTask } from '../../src/topology/spout.ts'
import { WriteSet } from '../../src/state/write-set.ts'
import type { Tuple } from '../../src/tuple/fields.ts'

export interface Emitted {
  readonly tuple: Tuple
  readonly stream: string | undefined
  readonly task?: number
  readonly offset?: number
}

export function taskContext(clock = new ManualClock()): TaskContext {
  return {
    topology: 'test',
    component: 'numbers',
    task: 3,
    index: 1,
    parallelism: 2,
    worker: 0,
    tasksOf: () => [],
    log: silentLogger,
    metrics: { counter: () => ({ add: () => {} }) },
    clock,
    connections: {},
  }
}

export class BoltEmits implements BoltCollector {
  readonly epoch = 0
  readonly emitted: Emitted[] = []
  readonly writes = new WriteSet()

  emit(tuple: Tuple, stream?: string): void {
    this.emitted.push({ tuple, stream })
  }

  emitDirect(task: number, tuple: Tuple, stream?: string): void {
    this.emitted.push({ tuple, stream, task })
  }
}

export class SpoutEmits implements SpoutCollector {
  readonly emitted: Emitted[] = []

  emit(tuple: Tuple, _partition: number, offset: number, stream?: string): void {
    this.emitted.push({ tuple, stream, offset })
  }

  emitBatch(): void {
    throw new Error('a spout of tuples emits no batch')
  }

  reject(error: unknown): void {
    throw error
  }
}

export interface SpoutStand {
  /** The next offset to read. Default 0. */
  readonly from?: number
  /** Where this run ends; absent: never. */
  readonly limit?: number
}

/** A spout's task and what it is given, with its clock and the wakes it asked for. */
export class SpoutBench {
  readonly clock = new ManualClock()
  readonly out = new SpoutEmits()
  readonly context: SpoutContext
  wakes = 0
  #woken: (() => void) | undefined

  constructor({ from = 0, limit }: SpoutStand = {}) {
    this.context = {
      ...taskContext(this.clock),
      positions: [{ partition: 'numbers/1', offset: from }],
      lineage: [0],
      limits: new Map(limit === undefined ? [] : [['numbers/1', limit]]),
      wake: () => {
        this.wakes++
        this.#woken?.()
      },
      fail: (error) => {
        throw error
      },
    }
  }

  /** Calls until nothing is ready. */
  drain(task: SpoutTask): void {
    while (task.nextTuple(this.out));
  }

  /** Until the task has asked to be called again. */
  woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#woken = resolve
    })
  }

  get tuples(): readonly Tuple[] {
    return this.out.emitted.map(({ tuple }) => tuple)
  }
}
