import { startSource } from './source-process.ts'
import type { SourceProcess } from './source-process.ts'

const started: SourceProcess[] = []

/** Ends all that were started here. */
export async function killSources(): Promise<void> {
  await Promise.all(started.splice(0).map((source) => source.kill()))
}

/** A process with the Kafka source of a topology on one topic; topologies of one topic have one group. */
export function startMember(brokers: readonly string[], topic: string, instance: string, membership: Readonly<Record<string, number>> = {}): SourceProcess {
  return startKept({
    topology: `topology-${topic}`,
    instance,
    kafka: { brokers, membership: { heartbeatMs: 500, ...membership } },
    spout: { topics: [topic], start: 'earliest', seeks: {}, isolation: 'read_committed' },
  })
}

/** Any other source process; ends with {@link killSources} too. */
export function startKept(start: Parameters<typeof startSource>[0]): SourceProcess {
  const source = startSource(start)
  started.push(source)
  return source
}

export const assigned = (count: number) => (event: SourceProcess['events'][number]): boolean => event.event === 'assigned' && event.partitions!.length === count
export const names = (source: SourceProcess): string[] => source.events.map(({ event }) => event)
