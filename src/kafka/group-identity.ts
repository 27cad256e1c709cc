import type { Place } from '../errors.ts'
import type { ConnectorContext } from '../topology/connector.ts'
import { assignPartitions } from './assignor.ts'
import type { Assignor } from './assignor.ts'
import { assignByTurns, assignRanges } from './standard-assignors.ts'

/** As whom a process joins a consumer group. */
export interface GroupIdentity {
  readonly group: string
  /** Keeps the place of a process that restarts. Undefined for a member that has none to keep. */
  readonly instance: string | undefined
  /** By their names the ways to divide partitions that this member offers, the best first; the group takes one that all its members offer. */
  readonly assignors: ReadonlyMap<string, Assignor>
}

/** The group of a topology has its name; what is built beside the live results has one of its own. */
export function topologyGroup({ topology, generation }: Pick<ConnectorContext, 'topology' | 'generation'>): string {
  return generation === 'live' ? topology : `${topology}.${generation}`
}

/** Where an error of the group is: the group of a topology has its name. */
export function groupPlace({ group, instance }: GroupIdentity): Place {
  return instance === undefined ? { at: `group ${group}` } : { topology: group }
}

/** Of the processes of a topology: members of another make do not get into its group. */
export const topologyAssignors: GroupIdentity['assignors'] = new Map([['millrace-sticky', assignPartitions]])

/** Those of other clients: Java's and librdkafka offer the first, @platformatic/kafka the second, kafkajs the third unless told otherwise. */
export const clientAssignors: GroupIdentity['assignors'] = new Map([['range', assignRanges], ['roundrobin', assignByTurns], ['RoundRobinAssigner', assignByTurns]])
