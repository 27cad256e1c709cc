import { describe, expect, it } from 'vitest'
import { lineChart } from './line-chart.ts'

describe('a line chart', () => {
  it('marks the measured values on a logarithmic axis, and names its axes and lines', () => {
    const svg = lineChart({
      title: 'Rate by keys',
      x: { name: 'distinct keys', scale: 'log' },
      y: { name: 'records/s' },
      series: [{ name: 'word count', points: [[1000, 3e6], [30_000, 2e6], [10_000_000, 1e6]] }],
    })
    for (const text of ['Rate by keys', 'distinct keys', 'records/s', 'word count', '1 k', '30 k', '10 M', '3 M']) expect(svg).toContain(`>${text}</text>`)
    expect(svg.match(/<path [^>]*stroke="#2f81f7"[^>]*stroke-width="2"/g)?.length).toBeGreaterThan(0)
  })
})
