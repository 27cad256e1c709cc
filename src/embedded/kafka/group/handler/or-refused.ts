import type { ErrorCodeName } from '../../../../wire/api/error-code.ts'
import { Refusal } from '../../refusal.ts'

/** What the call gives, or what `otherwise` makes of the error it was refused with. */
export async function orRefused<T>(call: () => Promise<T>, otherwise: (error: ErrorCodeName) => T): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof Refusal) return otherwise(error.kafkaError)
    throw error
  }
}
