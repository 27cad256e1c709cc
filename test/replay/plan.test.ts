import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { limitsOf, planReplay, startsOf, type PartitionFacts } from '../../src/replay/plan.ts'
import { planText } from '../../src/replay/plan-text.ts'
import type { ReplayPoint, ReplayWish } from '../../src/replay/wish.ts'

const nowMs = 1_769_846_400_000

function facts(partition: string, earliest: number, latest: number, more: Partial<PartitionFacts> = {}): PartitionFacts {
  return { partition, range: { earliest, latest }, start: earliest, position: latest, atFrom: undefined, atTo: undefined, ...more }
}

const two = [facts('a/0', 100, 1000, { start: 50, position: 900 }), facts('a/1', 0, 500)]
const plan = (wish: ReplayWish, of = two) => planReplay(wish, of, nowMs)
const places = (wish: ReplayWish, of = two) => plan(wish, of).partitions.map(({ from, to }) => [from, to])
const faults = (wish: ReplayWish, of = two) => plan(wish, of).faults.map(({ kind, partition }) => [kind, partition])

describe('the plan of a replay', () => {
  it('begins at the place asked for and follows the topic', () => {
    expect(places({ from: 'earliest' })).toEqual([[100, undefined], [0, undefined]])
    expect(places({ from: 'now' })).toEqual([[1000, undefined], [500, undefined]])
    expect(places({ from: { back: 200 } })).toEqual([[800, undefined], [300, undefined]])
    expect(places({ from: { timestampMs: nowMs - 1 } }, [facts('a/0', 0, 1000, { atFrom: 700 }), facts('a/1', 0, 500)])).toEqual([[700, undefined], [500, undefined]])
    expect(plan({ from: 'earliest' })).toMatchObject({ bounded: false, behind: [], faults: [] })
  })

  it('begins where the live results do in partitions that are not named', () => {
    expect(places({ from: { offsets: { 'a/1': 40 } } }, [facts('a/0', 0, 1000, { start: 7 }), two[1]!])).toEqual([[7, undefined], [40, undefined]])
    expect(places({ from: 'now', partitions: ['a/1'] }, [facts('a/0', 0, 1000, { start: 7 }), two[1]!])).toEqual([[7, undefined], [500, undefined]])
    expect(places({ from: { offsets: {} } }, [facts('new/0', 3, 9, { start: undefined, position: undefined })])).toEqual([[3, undefined]])
  })

  it('ends at the place asked for, and elsewhere where the live results stand', () => {
    expect(places({ from: 'earliest', to: 'now' })).toEqual([[100, 1000], [0, 500]])
    expect(places({ from: 'earliest', to: { offsets: { 'a/1': 20 } } })).toEqual([[100, 900], [0, 20]])
    expect(places({ from: 'earliest', to: 'now', partitions: ['a/1'] }, [facts('a/0', 0, 1000, { position: 900 }), two[1]!])).toEqual([[0, 900], [0, 500]])
    expect(plan({ from: 'earliest', to: { offsets: { 'a/1': 20 } } })).toMatchObject({ bounded: true, behind: ['a/1'] })
  })

  it('says what was deleted before it could be counted', () => {
    expect(plan({ from: { offsets: { 'a/0': 40, 'a/1': 1 } } })).toMatchObject({
      faults: [{ kind: 'expired', partition: 'a/0', text: 'a/0 should begin at 40, but 60 records from there on were deleted by retention: the log holds 100 to 1000' }],
      partitions: [{ from: 100 }, { from: 1 }],
    })
    expect(faults({ from: 'start' })).toEqual([['expired', 'a/0']])
    expect(faults({ from: { back: 950 } })).toEqual([['expired', 'a/0']])
    // A log that never held so many has lost none.
    expect(faults({ from: { back: 950 } }, [two[1]!])).toEqual([])
    expect(faults({ from: { timestampMs: 5 } }, [facts('a/0', 100, 1000, { atFrom: 100 }), facts('a/1', 0, 500, { atFrom: 0 })])).toEqual([['expired', 'a/0']])
    expect(faults({ from: { timestampMs: 5 } }, [facts('a/0', 100, 1000, { atFrom: 101 })])).toEqual([])
  })

  it('says what cannot be', () => {
    expect(faults({ from: { offsets: { 'a/1': 501 } } })).toContainEqual(['beyond-end', 'a/1'])
    expect(faults({ from: 'earliest', to: { offsets: { 'a/1': 501, 'a/0': 1 } } })).toEqual([['expired', 'a/0'], ['beyond-end', 'a/1']])
    expect(faults({ from: { offsets: { 'a/2': 0, 'b/0': 0 } }, partitions: ['a/0', 'a/2', 'b/0'] }, [two[1]!])).toEqual([['unknown-partition', 'a/0'], ['unknown-partition', 'a/2'], ['unknown-partition', 'b/0']])
    expect(faults({ from: { timestampMs: nowMs + 1 }, to: { timestampMs: nowMs + 2 } }, [two[1]!])).toEqual([['future', undefined], ['future', undefined]])
    expect(plan({ from: { offsets: { 'a/1': 40 } }, to: { offsets: { 'a/1': 20 } } }, [two[1]!])).toMatchObject({ faults: [{ kind: 'backwards', partition: 'a/1' }], partitions: [{ from: 40, to: 40, records: 0 }] })
  })

  it.each<[string, ReplayWish, string]>([
    ['places a partition that it is not for', { from: { offsets: { 'a/0': 500, 'a/1': 1 } }, partitions: ['a/1'] }, 'a/0'],
    ['ends a partition that it is not for', { from: 'earliest', to: { offsets: { 'a/0': 500 } }, partitions: ['a/1'] }, 'a/0'],
  ])('refuses a wish that %s', (_what, wish, named) => {
    expect(() => plan(wish)).toThrow(expect.objectContaining({ code: 'MR_OPTIONS_INVALID', message: expect.stringContaining(named) as string }) as Error)
  })

  it('counts what the live results hold and the replay would not', () => {
    expect(plan({ from: { back: 200 } }).partitions.map(({ without }) => without)).toEqual([750, 300])
    expect(plan({ from: 'earliest' }, [facts('a/0', 0, 10, { start: 5 })]).partitions[0]!.without).toBe(0)
  })

  it('stays within the logs whatever is asked, and has no fault where all can be granted', () => {
    const point = fc.oneof(
      fc.constantFrom<ReplayPoint>('earliest', 'start', 'now'),
      fc.nat({ max: 2 * nowMs }).map((timestampMs) => ({ timestampMs })),
      fc.nat({ max: nowMs }).map((agoMs) => ({ agoMs })),
      fc.nat({ max: 2000 }).map((back) => ({ back })),
      fc.dictionary(fc.constantFrom('a/0', 'a/1', 'a/2'), fc.nat({ max: 2000 })).map((offsets) => ({ offsets })),
    )
    const one = (partition: string) => fc.tuple(fc.nat({ max: 500 }), fc.nat({ max: 500 }), fc.nat({ max: 1000 }), fc.nat({ max: 1000 }), fc.double({ min: 0, max: 1, noNaN: true })).map(([earliest, records, start, counted, at]) => {
      const found = earliest + Math.floor(at * records)
      return facts(partition, earliest, earliest + records, { start, position: Math.min(start + counted, earliest + records), atFrom: found, atTo: found })
    })
    const wish = fc.record({ from: point, to: fc.option(point, { nil: undefined }), partitions: fc.option(fc.subarray(['a/0', 'a/1', 'a/2']), { nil: undefined }) })
    fc.assert(fc.property(wish, fc.tuple(one('a/0'), one('a/1')), ({ from, to, partitions }, both) => {
      const asked = { from, ...(to === undefined ? {} : { to }), ...(partitions === undefined ? {} : { partitions }) }
      const placed = [from, to].flatMap((point) => (typeof point === 'object' && 'offsets' in point ? [Object.keys(point.offsets)] : []))
      if (placed.some((names) => names.some((name) => partitions?.includes(name) === false))) {
        expect(() => planReplay(asked, both, nowMs)).toThrow('wished for')
        return
      }
      const made = planReplay(asked, both, nowMs)
      for (const [index, { range, from: begin, to: end, records }] of made.partitions.entries()) {
        expect(begin).toBeGreaterThanOrEqual(range.earliest)
        expect(begin).toBeLessThanOrEqual(range.latest)
        expect(end === undefined).toBe(to === undefined)
        if (end !== undefined && end > begin) expect(end).toBeLessThanOrEqual(Math.max(range.latest, both[index]!.position!))
        expect(records).toBe((end ?? range.latest) - begin)
        expect(records).toBeGreaterThanOrEqual(0)
      }
      expect(startsOf(made)).toHaveLength(2)
      expect(limitsOf(made)).toHaveLength(to === undefined ? 0 : 2)
    }))
  })
})

describe('the plan for people', () => {
  const surroundings = { topology: 'orders', generation: 7, keys: 1204 }

  it('shows each partition, what the counts cover, and what stays as it is', () => {
    const made = planReplay({ from: { timestampMs: 1_769_846_400_000 - 3_600_000 } }, [
      facts('orders/0', 1_200_114, 6_100_340, { start: 0, atFrom: 5_431_002 }),
      facts('orders/1', 5_600_000, 5_700_000, { atFrom: 5_600_000 }),
    ], nowMs)
    const text = planText({ ...made, partitions: made.partitions.map((one, i) => (i === 0 ? { ...one, firstMs: 1_769_842_800_012 } : one)) }, { ...surroundings, rate: 12_000 })
    expect(text).toBe(`\
topic/p    log start        from    to (now)   records   first record
orders/0   1,200,114   5,431,002   6,100,340   669,338   2026-01-31T07:00:00.012Z
orders/1   5,600,000   5,600,000   5,700,000   100,000   -
! the records of orders/1 before 5600000 were deleted by retention; those since 2026-01-31T07:00Z among them cannot be counted
counts will cover records from 2026-01-31T07:00Z only: 769,338 records now, and all that come; 65 s at 12,000 a second
the live results hold 5,431,002 records from before that; the replay does not, and after a switch the results would not
the live results (generation 7) go on being counted and read; the group orders and its offsets are not touched
a switch renames the keys of both: 1,204 of the live results and as many as the replay has, about 13 ms in which Redis does nothing else
`)
  })

  it('says of one that ends early that it cannot become live, and of a reset that there is no way back', () => {
    expect(planText(plan({ from: 'earliest', to: { offsets: { 'a/1': 20 } } }), surroundings)).toContain('it ends before the live results do (a/1)')
    expect(planText(plan({ from: 'earliest' }), { ...surroundings, reset: true })).toMatch(/deleted first.*no way back/)
  })
})
