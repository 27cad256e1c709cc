import type { ComponentMetrics, MetricsSnapshot } from '../../src/metrics/snapshot.ts'

/** A snapshot of a small topology; `at` counts in all its figures. */
export function snapshot(at: number, changed: Partial<MetricsSnapshot> = {}): MetricsSnapshot {
  return {
    topology: 'word-count',
    state: 'running',
    uptimeMs: at * 1000,
    components: [
      component('lines', 'spout', { received: 1200 * at, emitted: 1200 * at, lag: 123_456, executeMs: { count: at, p50: 0.01, p99: 0.02, max: 1 } }),
      component('split', 'bolt', { received: 1200 * at, emitted: 12_000 * at, queue: 7, executeMs: { count: at, p50: 0.2, p99: 1.25, max: 9 } }),
      component('count', 'bolt', { received: 12_000 * at, failed: 2, skipped: 1 }),
    ],
    commits: { epochs: 2 * at, skipped: 0, deadLettered: 0, gaps: 0, records: 1200 * at, cells: 824 * at, ms: { count: 2 * at, p50: 3.14, p99: 9, max: 12 }, duplicates: 0, mismatches: 0, fenced: 0, aborts: 1 },
    workers: [{ worker: 0, restarts: 0, heapBytes: 1 }, { worker: 1, restarts: 0, heapBytes: 1 }],
    memory: { bytes: 400_000_000, parts: [{ what: 'results of two epochs', bytes: 400_000_000, options: ['epochs.maxBytes'] }] },
    ...changed,
  }
}

export function component(name: string, kind: 'spout' | 'bolt', changed: Partial<ComponentMetrics>): ComponentMetrics {
  return { component: name, kind, tasks: 1, received: 0, emitted: 0, failed: 0, skipped: 0, deadLettered: 0, queue: 0, lag: 0, executeMs: { count: 0, p50: 0, p99: 0, max: 0 }, counters: {}, ...changed }
}
