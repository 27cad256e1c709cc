import type { Ground } from '../ground.ts'

/** One way to do harm. */
export interface FaultKind {
  readonly name: string
  /** How often it comes in one round of the programme. */
  readonly share: number
  /** Does it, and resolves when the product has counted all that was there afterwards. False: it could not be done. */
  strike(ground: Ground): Promise<boolean>
}
