import type { Clock } from '../base/clock.ts'
import type { MetricsSnapshot } from '../metrics/snapshot.ts'
import type { Reporter, Screen } from './reporter.ts'

/** One JSON object per line, and nothing else. */
export function jsonReporter(screen: Screen, clock: Clock): Reporter {
  const write = (type: string, fields: object) => screen.write(`${JSON.stringify({ type, timeMs: clock.now(), ...fields })}\n`)
  const event = (type: string) => (snapshot: MetricsSnapshot) => write(type, snapshot)
  return {
    everyMs: 5000,
    started: (topology) => {
      const { name, description: { components, fingerprint } } = topology
      write('started', { topology: name, fingerprint, components: components.map(({ id, kind }) => ({ component: id, kind })), memory: topology.metrics().memory })
    },
    metrics: event('metrics'),
    caughtUp: event('caught-up'),
    stopped: event('stopped'),
    failed: () => {},
  }
}
