import { MillraceError } from '../errors.ts'
import type { TopologyDescription } from '../topology/topology.ts'

/** Components that may dead-letter records. */
function sending({ components }: TopologyDescription): TopologyDescription['components'] {
  return components.filter(({ options }) => options.onError === 'dead-letter')
}

/** Where a topology's dead letters go: undefined when it sends none. */
export function deadLetterPlace(description: TopologyDescription, wished: string | undefined): string | undefined {
  return sending(description).length === 0 ? undefined : wished ?? `${description.name}.dead-letters`
}

/** Throws MR_TOPOLOGY_INVALID for a component that may get records of a spout whose source does not keep dead letters. */
export function refuseDeadLettersOf(description: TopologyDescription, keepsNone: ReadonlySet<string>): void {
  for (const { id } of sending(description)) {
    const spout = spoutsBefore(description.components, id).find((one) => keepsNone.has(one))
    if (spout === undefined) continue
    throw new MillraceError('MR_TOPOLOGY_INVALID', `${id} has onError: 'dead-letter', but what ${spout} emits cannot be dead-lettered: it is no record of a topic`, {
      place: { topology: description.name, component: id },
      remedy: "choose 'stop' or 'skip'",
    })
  }
}

function spoutsBefore(components: TopologyDescription['components'], id: string): readonly string[] {
  const component = components.find((one) => one.id === id)!
  return component.kind === 'spout' ? [id] : component.inputs.flatMap(({ source }) => spoutsBefore(components, source))
}
