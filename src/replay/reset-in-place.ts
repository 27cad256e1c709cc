import { startsOf, type ReplayPlan } from './plan.ts'
import type { Site } from './site.ts'

/** Deletes the live results; the live run counts them anew from where the plan begins. */
export function resetInPlace({ generations }: Site, plan: ReplayPlan): Promise<void> {
  return generations.reset(startsOf(plan))
}
