/** A member of the group as the leader sees it. */
export interface Subscriber {
  readonly memberId: string
  /** Survives restarts, unlike the id; undefined for dynamic members. */
  readonly instance: string | undefined
  readonly topics: readonly string[]
  /** `topic/partition` it held in `generation`. */
  readonly owned: readonly string[]
  readonly generation: number
}

/** Who reads what: by member id, `topic/partition`. `partitionCounts` has the topics of all subscribers that exist. */
export type Assignor = (subscribers: readonly Subscriber[], partitionCounts: ReadonlyMap<string, number>) => Map<string, string[]>

/**
 * Our own {@link Assignor}: every partition goes to exactly one subscriber of its topic, the subscribers of a
 * topic differ by at most one partition of it, and those of the same topics by at most one in total.
 * Within that, members keep what they own. The result depends on the set of members, not on their order.
 */
export function assignPartitions(subscribers: readonly Subscriber[], partitionCounts: ReadonlyMap<string, number>): Map<string, string[]> {
  const ordered = [...subscribers].sort((a, b) => compare(identity(a), identity(b)))
  const owners = latestOwners(ordered)
  const assigned = new Map(ordered.map((member) => [member.memberId, [] as string[]]))
  // a topic that does not divide evenly has extras; whoever got the fewest so far comes first
  const extras = new Map(ordered.map((member) => [member.memberId, 0]))
  for (const topic of [...partitionCounts.keys()].sort(compare)) {
    const members = ordered.filter((member) => member.topics.includes(topic)).map((member) => member.memberId)
    if (members.length === 0) continue
    const partitions = Array.from({ length: partitionCounts.get(topic)! }, (_, partition) => `${topic}/${partition}`)
    const quotas = shares(members, partitions, owners, extras)
    const free: string[] = []
    for (const partition of partitions) {
      const owner = owners.get(partition)
      const room = owner === undefined ? undefined : quotas.get(owner)
      if (owner === undefined || room === undefined || room === 0) {
        free.push(partition)
        continue
      }
      quotas.set(owner, room - 1)
      assigned.get(owner)!.push(partition)
    }
    for (const member of members) assigned.get(member)!.push(...free.splice(0, quotas.get(member)))
  }
  return assigned
}

/** How many partitions of one topic each member gets. */
function shares(members: readonly string[], partitions: readonly string[], owners: ReadonlyMap<string, string>, extras: Map<string, number>): Map<string, number> {
  const floor = Math.floor(partitions.length / members.length)
  const kept = new Map(members.map((member) => [member, 0]))
  for (const partition of partitions) {
    const owner = owners.get(partition)
    if (owner !== undefined && kept.has(owner)) kept.set(owner, kept.get(owner)! + 1)
  }
  const lucky = [...members]
    .sort((a, b) => extras.get(a)! - extras.get(b)! || kept.get(b)! - kept.get(a)!)
    .slice(0, partitions.length % members.length)
  for (const member of lucky) extras.set(member, extras.get(member)! + 1)
  return new Map(members.map((member) => [member, floor + (lucky.includes(member) ? 1 : 0)]))
}

/** A member that was away may still name partitions others got since: the latest generation is right. */
function latestOwners(ordered: readonly Subscriber[]): Map<string, string> {
  const owners = new Map<string, string>()
  for (const member of [...ordered].sort((a, b) => a.generation - b.generation)) {
    for (const partition of member.owned) owners.set(partition, member.memberId)
  }
  return owners
}

function identity(member: Subscriber): string {
  return `${member.instance ?? ''}\0${member.memberId}`
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
