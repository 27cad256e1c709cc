import { expect, test } from 'vitest'
import { statusText } from '../../src/replay/status-text.ts'
import type { GenerationState, GenerationStatus } from '../../src/topology/generations.ts'

function state(number: number, status: GenerationStatus, next: number): GenerationState {
  return {
    id: String(number), number, code: 'c', fingerprint: 'f', createdMs: 0, status,
    starts: new Map([['a/0', 0]]), positions: new Map([['a/0', next]]), limits: new Map(), keys: 12, paused: false,
  }
}

const live = state(3, 'live', 1500)

test.each<[string, GenerationState | undefined, readonly string[]]>([
  ['none', undefined, ['there is no replay']],
  ['one that is built', state(4, 'building', 1000), ['generation 4 is being built, 12 keys, 500 records behind; begun 1970-01-01', 'a/0']],
  ['the previous one', state(2, 'previous', 900), ['generation 2 was live before the last switch and is kept, 12 keys: rollback brings it back, drop deletes it']],
  ['what is left of one', state(4, 'dropped', 900), ['generation 4 is being deleted, 12 keys are left: drop again']],
])('the status says what stands beside the live results: %s', (_what, replay, parts) => {
  const text = statusText('words', { live, replay })
  expect(text.startsWith('words: generation 3 is live, 12 keys\n')).toBe(true)
  for (const part of parts) expect(text).toContain(part)
})
