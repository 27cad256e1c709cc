import type { ErrorCodeName } from '../../../../wire/api/error-code.ts'
import { Refusal } from '../../refusal.ts'

/**
 * What the call gives, or what `otherwise` makes of the error it was refused with. Clients that do not
 * know PRODUCER_FENCED yet, before version `fencedSince` of the request, are told INVALID_PRODUCER_EPOCH.
 */
export async function orRefusedByVersion<T>(version: number, fencedSince: number, call: () => Promise<T>, otherwise: (error: ErrorCodeName) => T): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return otherwise(error.kafkaError === 'PRODUCER_FENCED' && version < fencedSince ? 'INVALID_PRODUCER_EPOCH' : error.kafkaError)
  }
}
