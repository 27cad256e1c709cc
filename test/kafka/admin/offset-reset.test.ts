import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planReset } from '../../../src/kafka/admin/offset-reset.ts'
import type { PartitionState, ResetTarget } from '../../../src/kafka/admin/offset-reset.ts'

const state: PartitionState = { partition: 'lines/0', range: { earliest: 10, latest: 100 }, committed: 50, atTime: 70 }

function reset(target: ResetTarget, of: Partial<PartitionState> = {}): number {
  return planReset(target, [{ ...state, ...of }])[0]!.offset
}

describe('the new offset of a group', () => {
  test('is the place that was asked for', () => {
    expect([reset({ to: 'earliest' }), reset({ to: 'latest' }), reset({ to: 'current' }), reset({ to: 'offset', offset: 20 }), reset({ to: 'shift', by: -5 }), reset({ to: 'time', timestampMs: 1 })]).toEqual([10, 100, 50, 20, 45, 70])
  })

  test('is the end of the log where nothing is committed, or nothing is that new', () => {
    expect([reset({ to: 'current' }, { committed: undefined }), reset({ to: 'time', timestampMs: 1 }, { atTime: undefined })]).toEqual([100, 100])
  })

  test('stays in the log, and says what was asked for', () => {
    expect(planReset({ to: 'offset', offset: 5 }, [state])).toEqual([{ partition: 'lines/0', offset: 10, wanted: 5 }])
    expect(planReset({ to: 'shift', by: 70 }, [state])).toEqual([{ partition: 'lines/0', offset: 100, wanted: 120 }])
    fc.assert(fc.property(fc.integer({ min: -1_000, max: 1_000 }), (by) => {
      const [planned] = planReset({ to: 'shift', by }, [state])
      expect(planned!.offset).toBe(Math.min(100, Math.max(10, 50 + by)))
      expect(planned!.wanted === undefined).toBe(planned!.offset === 50 + by)
    }))
  })

  test('cannot be shifted from nowhere', () => {
    expect(() => reset({ to: 'shift', by: 1 }, { committed: undefined })).toThrow(expect.objectContaining({ code: 'MR_OPTIONS_INVALID', place: { partition: 'lines/0' } }))
  })
})
