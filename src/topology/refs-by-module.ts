import type { ConnectorRef } from './connector.ts'
import type { TopologyDescription } from './topology.ts'

/** The main-thread halves that a topology needs, by module, with the components that named each. */
export function refsByModule({ components }: TopologyDescription, half: 'source' | 'store'): ReadonlyMap<string, readonly { readonly id: string; readonly ref: ConnectorRef }[]> {
  const modules = new Map<string, { id: string; ref: ConnectorRef }[]>()
  for (const { id, [half]: ref } of components) {
    if (ref === undefined) continue
    const refs = modules.get(ref.module) ?? []
    refs.push({ id, ref })
    modules.set(ref.module, refs)
  }
  return modules
}
