import { describe, expect, it } from 'vitest'
import { checkedReplay } from '../../src/replay/checked-replay.ts'
import type { ReplayOptions } from '../../src/replay/replay.ts'

describe('what replay is called with', () => {
  it('is taken apart into the wish and what is for the run', () => {
    expect(checkedReplay({ from: { offsets: { 'a/0': 3 } }, to: 'now', partitions: ['a/0'], rate: 5, workers: 2 })).toEqual({
      wish: { from: { offsets: { 'a/0': 3 } }, to: 'now', partitions: ['a/0'] }, rate: 5, acceptLoss: false, ofRun: { workers: 2 },
    })
  })

  it.each([
    [{}], [{ from: 'yesterday' }], [{ from: { agoMs: -5 } }], [{ from: { offsets: {} } }], [{ from: { offsets: { 'a/0': 1.5 } } }], [{ from: { offsets: { 'a/0': -1 } } }], [{ from: { offsets: { a: 1 } } }],
    [{ from: 'start', form: 1 }], [{ from: 'start', rate: 0 }], [{ from: 'start', partitions: ['a'] }], [{ from: 'start', workers: 0 }],
  ])('is refused before anything is begun: %j', (options) => {
    expect(() => checkedReplay(options as unknown as ReplayOptions)).toThrow(expect.objectContaining({ code: 'MR_OPTIONS_INVALID' }) as Error)
  })
})
