import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countText, durationText, msText, rateText } from '../../src/cli/figures.ts'
import { summaryLine, tableLines } from '../../src/cli/table.ts'
import { component, snapshot } from './snapshots.ts'

describe('the table', () => {
  it('shows rates between two snapshots and totals of the later one', () => {
    expect(tableLines(snapshot(10), snapshot(12), 100)).toEqual([
      'word-count  running  12 s',
      'component   in/s  out/s  p99 ms  queue   lag  failed  skipped',
      'lines       1200   1200   0.020      0  123k       0        0',
      'split       1200  12.0k     1.3      7     -       0        0',
      'count      12.0k      0       -      0     -       2        1',
      'commits 2/s, ms p50 3.1 p99 9.0, keys each 412, records 14400, aborts 1',
    ])
  })

  it('shows rates since the start when there is no earlier snapshot', () => {
    expect(tableLines(undefined, snapshot(10), 100)[2]).toMatch(/^lines +1200 +1200 /)
  })

  it('shows figures of a component that is new and never a rate below zero', () => {
    const later = snapshot(11, { components: [component('lines', 'spout', { received: 5 }), component('new', 'bolt', { received: 50 })] })
    const [, , lines, added] = tableLines(snapshot(10), later, 100)
    expect(lines).toMatch(/^lines +0 /)
    expect(added).toMatch(/^new +50 /)
  })

  it('shows no keys per commit when nothing was committed in between', () => {
    expect(tableLines(snapshot(10), snapshot(10), 100).at(-1)).toContain('commits 0/s, ms p50 3.1 p99 9.0, keys each -,')
  })

  it('tells of workers that were restarted', () => {
    const workers = [{ worker: 0, restarts: 2, heapBytes: 1 }, { worker: 1, restarts: 1, heapBytes: 1 }]
    expect(tableLines(undefined, snapshot(10, { workers }), 100)[0]).toBe('word-count  running  10 s  worker restarts 3')
  })

  it('shortens names before it cuts figures on a narrow terminal', () => {
    const components = [component('a-component-with-a-long-name', 'bolt', { failed: 3 })]
    expect(tableLines(undefined, snapshot(10, { components }), 65).slice(1, 3)).toEqual([
      'component        in/s  out/s  p99 ms  queue  lag  failed  skipped',
      'a-component-wi…     0      0       -      0    -       3        0',
    ])
  })

  it('is never wider than the terminal and has a line for every component', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.array(fc.string({ maxLength: 40 }), { maxLength: 8 }), fc.nat(), (columns, names, received) => {
        const components = names.map((name) => component(name, 'spout', { received, lag: received }))
        const lines = tableLines(snapshot(1), snapshot(2, { components }), columns)
        expect(lines).toHaveLength(names.length + 3)
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns)
      }),
    )
  })
})

describe('the summary line', () => {
  it('says the same in one line', () => {
    expect(summaryLine(snapshot(10), snapshot(15))).toBe(
      'word-count running 15 s: in 1200/s, lag 123456, failed 2, skipped 1, commits 2/s, ms p50 3.1 p99 9.0, keys each 412, records 18000, aborts 1',
    )
  })
})

describe('figures', () => {
  it.each([[0, '0'], [0.44, '0.4'], [12.34, '12.3'], [1234.5, '1235'], [12_345, '12.3k'], [4_500_000, '4.5M']])('write %d per second as %s', (rate, text) => {
    expect(rateText(rate)).toBe(text)
  })

  it.each([[0, '0'], [9999, '9999'], [10_000, '10.0k'], [99_949, '99.9k'], [123_456, '123k'], [999_499, '999k'], [999_500, '1.0M'], [12_345_678, '12.3M'], [1e12, '1000G']])('write the count %d as %s', (count, text) => {
    expect(countText(count)).toBe(text)
  })

  it.each([[0, '0'], [0.0204, '0.020'], [1.25, '1.3'], [99.94, '99.9'], [1234.5, '1235']])('write %d ms as %s', (ms, text) => {
    expect(msText(ms)).toBe(text)
  })

  it.each([[0, '0 s'], [59_999, '59 s'], [185_000, '3 m 5 s'], [7_200_000, '2 h 0 m']])('write a time of %d ms as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text)
  })
})
