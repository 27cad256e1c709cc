import { MillraceError } from '../errors.ts'
import type { CommitAnswer } from '../topology/commit-store.ts'

/** What the commit script answered; HELD while commits must wait, OTHER to an add that was made for another generation. */
export interface CommitReply {
  readonly answer: CommitAnswer | 'HELD' | 'OTHER'
  /** Why a key was rejected. */
  readonly reason?: string
}

export function parseCommitReply(reply: unknown): CommitReply {
  const [kind, at = '', more] = reply as readonly string[]
  switch (kind) {
    case 'OK':
      return { answer: Number(at) > 0 ? { answer: kind, busyMs: Number(at) / 1000 } : { answer: kind } }
    case 'HELD':
    case 'OTHER':
      return { answer: kind }
    case 'DUP':
      return { answer: { answer: kind } }
    case 'FENCED':
      return { answer: { answer: kind, partition: at } }
    case 'MISMATCH':
      return { answer: { answer: kind, partition: at, stored: Number(more) } }
    case 'UNINIT':
    case 'SEALED':
    case 'BADTYPE':
      return { answer: { answer: kind, detail: at } }
    case 'REJECTED':
      return { answer: { answer: kind, detail: at }, ...(more === undefined ? {} : { reason: more }) }
    case 'TAKEN':
      throw new MillraceError('MR_REDIS_KEYS_TAKEN', `${at} is kept for the topology itself and cannot be a result`, { place: { at: `key ${at}` }, remedy: 'use another key for this result' })
    default:
      throw new MillraceError('MR_INTERNAL', 'the commit script gave an unknown answer')
  }
}
