import { nodeRivals } from './contestants.ts'
import type { Contestant } from './contestants.ts'
import { javaContestants } from './peers/java.ts'

/** Other clients and stream processors, as far as they can be had here; prints who is missing, and why. */
export async function rivals(print: (line: string) => void): Promise<readonly Contestant[]> {
  const java = await javaContestants()
  if (!('missing' in java)) return [...nodeRivals, ...java]
  print(`without the rivals in Java: ${java.missing}`)
  return nodeRivals
}
