/** What a new key begins with, so that it is not the first to go. */
export const initialUses = 5
const mostUses = 255

export interface UseCounting {
  /** The larger, the more uses one more count takes. */
  readonly logFactor: number
  /** Minutes without use that take one count away; 0: none do. */
  readonly decayMinutes: number
}

/** A count of uses as Redis keeps it for its LFU policies: it grows with the logarithm of the uses, and fades with time. */
export function fadedUses(uses: number, idleS: number, { decayMinutes }: UseCounting): number {
  return decayMinutes === 0 ? uses : Math.max(0, uses - Math.floor(idleS / 60 / decayMinutes))
}

/** The count after one more use; whether it grows is left to chance. */
export function oneMoreUse(uses: number, { logFactor }: UseCounting): number {
  if (uses >= mostUses) return mostUses
  return Math.random() < 1 / (Math.max(0, uses - initialUses) * logFactor + 1) ? uses + 1 : uses
}
