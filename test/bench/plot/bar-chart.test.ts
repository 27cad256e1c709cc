import { describe, expect, it } from 'vitest'
import { barChart } from './bar-chart.ts'

const data = { title: 'Speed & "size"', subtitle: 'of things', groups: ['ours', 'theirs'], series: [{ name: 'whole', values: [2_030_000, undefined] }, { name: 'steady', values: [950, 43_210] }] }

describe('a bar chart', () => {
  it('names all there is, and puts the number beside every bar', () => {
    const svg = barChart(data)
    for (const text of ['Speed &amp; &quot;size&quot;', 'of things', 'ours', 'theirs', 'whole', 'steady', '2.03 M', '950', '43.2 k']) expect(svg).toContain(`>${text}</text>`)
  })

  it('leaves out a bar without a value', () => {
    expect(barChart(data).match(/ecmeta_ssr_type="chart"/g)).toHaveLength(3)
  })

  it('has lighter ink for dark pages and no background of its own', () => {
    const svg = barChart(data)
    expect(svg).toMatch(/^<svg role="img" aria-label="Speed &amp; &quot;size&quot;" /)
    expect(svg).toContain('@media (prefers-color-scheme: dark) { [fill="#1f2328"]')
    expect(svg).toMatch(/<rect [^>]*fill="none"/)
    expect(svg).toContain('fill="#1f2328"')
  })
})
