import { MillraceError } from '../errors.ts'
import type { ConnectorContext } from '../topology/connector.ts'
import type { LogRange, Source, SourceListener } from '../topology/source.ts'
import { RetriedLetters } from './retried-letters.ts'
import { spoutsByTopic } from './spouts-by-topic.ts'

/** Dead letters to be retried, in the place of the topics: no group, nothing mirrored. */
export function retrySource(context: ConnectorContext, places: readonly string[]): Source {
  const spouts = spoutsByTopic(context)
  const letters = new RetriedLetters(context)
  const partitions = places.flatMap((partition) => {
    const spout = spouts.get(partition.slice(0, partition.lastIndexOf('/')))
    return spout === undefined ? [] : [{ component: spout.component, partition }]
  })
  const all = <T>(names: readonly string[], value: T) => Promise.resolve(new Map(names.map((name) => [name, value])))
  return {
    open(listener: SourceListener) {
      listener.assigned(partitions)
      return Promise.resolve()
    },
    partitions: () => partitions.map(({ partition }) => partition),
    ranges: (names) => all<LogRange>(names, { earliest: 0, latest: 1 }),
    startOffsets: ([name]) => Promise.reject(new MillraceError('MR_STATE_MISSING', `${name} is not dead-lettered in these results`, { place: { topology: context.topology }, remedy: 'millrace dead-letters list shows those that are' })),
    wished: () => Promise.resolve(new Map()),
    mirror: () => {},
    mirrored: () => Promise.resolve(new Map()),
    deadLetter: (failed) => letters.send(failed),
    close: () => letters.close(),
  }
}
