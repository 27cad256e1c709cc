import { MillraceError } from '../errors.ts'

/** Rejects when the user has ended the work; never resolves. */
export function aborted(signal: AbortSignal | undefined, topology: string): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => reject(new MillraceError('MR_REPLAY_ENDED', 'it was interrupted; the live results are as they were', { place: { topology }, remedy: 'start it again when it suits' }))
    if (signal?.aborted === true) end()
    signal?.addEventListener('abort', end, { once: true })
  })
}
