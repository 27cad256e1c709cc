import type { ConnectorContext } from '../topology/connector.ts'
import type { LogRange, Source, SourceListener } from '../topology/source.ts'

/**
 * The source behind spouts without a connector: each task is a partition of its own (`component/0` …),
 * begins at offset 0 and has no known end. One process runs them all.
 */
export function connect(context: Pick<ConnectorContext, 'components'>): Source {
  const partitions = context.components.flatMap(({ component, tasks }) =>
    Array.from({ length: tasks }, (_, index) => ({ component, partition: `${component}/${index}` })))
  const all = <T>(names: readonly string[], value: T) => Promise.resolve(new Map(names.map((name) => [name, value])))
  return {
    open(listener: SourceListener) {
      listener.assigned(partitions)
      return Promise.resolve()
    },
    partitions: () => partitions.map(({ partition }) => partition),
    ranges: (names) => all<LogRange>(names, { earliest: 0, latest: Number.MAX_SAFE_INTEGER }),
    startOffsets: (names) => all(names, 0),
    wished: () => Promise.resolve(new Map()),
    mirror: () => {},
    mirrored: () => Promise.resolve(new Map()),
    close: () => Promise.resolve(),
  }
}
