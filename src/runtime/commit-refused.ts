import { MillraceError } from '../errors.ts'
import type { CommitRefusal } from '../topology/commit-store.ts'

const meanings = {
  UNINIT: 'the stored position of a partition is gone',
  SEALED: 'the results were closed for further commits',
  BADTYPE: 'a result key holds another type',
  REJECTED: 'a result cannot be added to what the key holds (no whole number, or the sum is too large)',
} as const

/** The store cannot go on. `fate`: what becomes of the epoch's records. */
export function commitRefused({ answer, detail }: CommitRefusal, fate: string): MillraceError {
  return new MillraceError('MR_COMMIT_REFUSED', `${meanings[answer]}: ${detail}`, {
    place: { at: detail },
    remedy: answer === 'BADTYPE' || answer === 'REJECTED'
      ? `look at what the key holds and who else writes it; delete or rename it, or use another key, then start again: ${fate}`
      : 'the positions of this topology were changed or removed by hand; start again to see how it stands',
  })
}
