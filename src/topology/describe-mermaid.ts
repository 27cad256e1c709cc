import { defaultStream } from '../tuple/fields.ts'
import { groupingText } from './describe-text.ts'
import type { ComponentDescription, TopologyDescription } from './topology.ts'

/** The topology as a Mermaid flowchart: spouts rounded, bolts square, sinks as a store. Ends with a newline. */
export function describeMermaid({ components }: TopologyDescription): string {
  // Ids of the user may be words of Mermaid's own, such as `end`.
  const node = new Map(components.map(({ id }, index) => [id, `c${index}`]))
  const nodes = components.map((component) => `  ${node.get(component.id)}${shape(component)}`)
  const edges = components.flatMap(({ id, inputs }) => inputs.map(({ source, stream, grouping }) => {
    const label = stream === defaultStream ? groupingText(grouping) : `${stream}: ${groupingText(grouping)}`
    return `  ${node.get(source)} -->|${quoted(label)}| ${node.get(id)}`
  }))
  return `${['flowchart LR', ...nodes, ...edges].join('\n')}\n`
}

function shape({ kind, id, store }: ComponentDescription): string {
  if (kind === 'spout') return `([${quoted(id)}])`
  return store === undefined ? `[${quoted(id)}]` : `[(${quoted(id)})]`
}

function quoted(text: string): string {
  return `"${text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')}"`
}
