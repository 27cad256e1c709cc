import { expect } from 'vitest'
import { countWords } from './data/sentences.ts'
import type { MillraceProcess } from './millrace-process.ts'
import type { Scenario } from './scenario.ts'
import { waitWhileRunning } from './wait-until.ts'

/** Waits for the last count, then compares all of them. */
export async function expectCounted(run: Scenario, millrace: MillraceProcess, sentences: readonly string[]): Promise<void> {
  const right = countWords(sentences)
  const total = [...right.values()].reduce((sum, count) => sum + count, 0)
  await waitWhileRunning(millrace, `${total} counts`, async () => await run.totalCount() >= total)
  expect(await run.wrongCounts(right)).toEqual([])
}
