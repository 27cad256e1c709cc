import { MillraceError } from '../errors.ts'
import type { Seal } from './commit-store.ts'
import type { Topology } from './topology.ts'

/** How the topology's store wants results packed. A topology that was built has exactly one store. */
export function sealOf({ name, components }: Topology): Seal {
  for (const { definition } of components) if (definition.role === 'bolt' && definition.store !== undefined) return definition.store.seal
  throw new MillraceError('MR_TOPOLOGY_INVALID', 'no bolt writes results anywhere', { place: { topology: name }, remedy: 'add a sink, for example redisCounter' })
}
