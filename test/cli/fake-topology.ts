import type { RunningTopology } from '../../src/runtime/running-topology.ts'
import { snapshot } from './snapshots.ts'

export interface FakeTopology extends RunningTopology {
  readonly calls: readonly string[]
  finish(): void
  fail(error: unknown): void
}

/** A running topology whose end the test decides; `drain` ends as `drained` does. */
export function fakeTopology(drained: () => Promise<void> = async () => {}): FakeTopology {
  const calls: string[] = []
  const done = Promise.withResolvers<void>()
  const ended = async (call: string) => {
    calls.push(call)
    try {
      await drained()
      done.resolve()
    } catch (error) {
      done.reject(error)
      throw error
    }
  }
  return {
    name: 'word-count',
    state: 'running',
    description: { name: 'word-count', fingerprint: 'f', code: 'c', components: [{ kind: 'spout', id: 'lines', options: {}, streams: {}, inputs: [], mergeable: false }] },
    activate: () => {},
    deactivate: () => {},
    metrics: () => snapshot(1),
    drain: () => ended('drain'),
    kill: () => ended('kill'),
    done: done.promise,
    calls,
    finish: () => done.resolve(),
    fail: (error) => done.reject(error),
  }
}
