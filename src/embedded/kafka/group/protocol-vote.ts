import type { Member } from './member.ts'

/** Whether one of the names is a protocol of all members. */
export function haveCommonProtocol(members: readonly Member[], names: readonly string[]): boolean {
  return names.some((name) => members.every((member) => member.supports(name)))
}

/**
 * The protocol of a generation: among those that all members support, each member votes for the one
 * it names first; of two with as many votes the one that was voted for first.
 */
export function electProtocol(members: readonly Member[]): string {
  const first = members[0]
  const candidates = new Set(first?.protocols.map(({ name }) => name).filter((name) => haveCommonProtocol(members, [name])))
  const votes = new Map<string, number>()
  for (const member of members) {
    const vote = member.protocols.find(({ name }) => candidates.has(name))
    if (vote !== undefined) votes.set(vote.name, (votes.get(vote.name) ?? 0) + 1)
  }
  let elected = ''
  let most = 0
  for (const [name, count] of votes) {
    if (count > most) [elected, most] = [name, count]
  }
  return elected
}
