import { describe, expect, it } from 'vitest'
import type { DeadRecord } from '../../src/tracking/record-fates.ts'
import { Detour } from '../../src/tracking/detour.ts'

const dead = (partition: string, offset: number): DeadRecord => ({ partition, offset, component: 'split', errorClass: 'Error', message: '', stack: '', attempts: 4, failedAtMs: 0, partial: true })

describe('a detour', () => {
  it('is none until records are left out', () => {
    const detour = new Detour()
    expect(detour.endsFrom([{ partition: 'a/0', offset: 7 }])).toBeUndefined()
    expect(detour.excluded).toEqual([])
  })

  it('ends where the epoch had ended, and reads nothing of partitions it had not', () => {
    const detour = new Detour()
    detour.leaveOut([{ partition: 'a/0', to: 20 }], [dead('a/0', 12)])
    expect(detour.endsFrom([{ partition: 'a/0', offset: 10 }, { partition: 'a/1', offset: 5 }])).toEqual(new Map([['a/0', 20], ['a/1', 5]]))
    expect(detour.excluded).toEqual([dead('a/0', 12)])
  })

  it('leaves out all that died in it, each once, up to the farthest end', () => {
    const detour = new Detour()
    detour.leaveOut([{ partition: 'a/0', to: 20 }], [dead('a/0', 12)])
    detour.leaveOut([{ partition: 'a/0', to: 18 }, { partition: 'a/1', to: 9 }], [dead('a/0', 12), dead('a/1', 8)])
    expect(detour.endsFrom([{ partition: 'a/0', offset: 10 }, { partition: 'a/1', offset: 5 }])).toEqual(new Map([['a/0', 20], ['a/1', 9]]))
    expect(detour.excluded).toEqual([dead('a/0', 12), dead('a/1', 8)])
  })

  it('is over once everything up to its ends is committed', () => {
    const detour = new Detour()
    detour.leaveOut([{ partition: 'a/0', to: 20 }], [dead('a/0', 12)])
    expect(detour.endsFrom([{ partition: 'a/0', offset: 20 }])).toBeUndefined()
    expect(detour.excluded).toEqual([])
  })
})
