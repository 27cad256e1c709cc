/** One member of a sorted set. The member is a byte string, one character for each byte. */
export interface ScoredMember {
  readonly member: string
  readonly score: number
}

/** By score, then by bytes. */
export function precedes(left: ScoredMember, right: ScoredMember): boolean {
  return left.score < right.score || (left.score === right.score && left.member < right.member)
}

/** For sorting. */
export function inOrder(left: ScoredMember, right: ScoredMember): number {
  return precedes(left, right) ? -1 : 1
}
