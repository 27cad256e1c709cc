import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components'
import { init, setPlatformAPI, use } from 'echarts/core'
import type { EChartsCoreOption } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer])
// Nobody knows the reader's font: room for the wider ones.
setPlatformAPI({ measureText: (text, font) => ({ width: text.length * Number.parseFloat(/[\d.]+px/.exec(font ?? '')?.[0] ?? '12') * 0.58 }) })

/** Ink and its counterpart where the reader prefers dark pages; the background is always the page's. */
const ink = { text: ['#1f2328', '#e6edf3'], muted: ['#59636e', '#9198a1'], grid: ['#d1d9e0', '#3d444d'] } as const
/** Readable on white and on black. */
const palette = ['#2f81f7', '#e8862e', '#2da44e', '#a371f7', '#db61a2', '#8b949e', '#c69026', '#1b9e9e']
const fontFamily = 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif'
const width = 820

export const textColor = ink.text[0]
export const mutedColor = ink.muted[0]
export const gridColor = ink.grid[0]

/** What a chart is called, and what its pictures say beside the data. */
export interface Heading {
  readonly title: string
  /** How it was measured. */
  readonly subtitle?: string
}

/** The head takes so much of the height. */
export const headPx = 92

/** Draws a chart without a browser. The text is selectable, the colours follow the reader's light or dark mode. */
export function svgOf({ title, subtitle }: Heading, height: number, option: EChartsCoreOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    chart.setOption({
      animation: false,
      color: palette,
      textStyle: { fontFamily, color: textColor },
      title: { text: title, subtext: subtitle, left: 12, top: 8, itemGap: 8, textStyle: { color: textColor, fontSize: 17 }, subtextStyle: { color: mutedColor, fontSize: 12 } },
      legend: { left: 12, top: 58, itemWidth: 14, itemHeight: 10, icon: 'rect', textStyle: { color: textColor } },
      ...option,
    })
    return chart.renderToSVGString().replace('<svg ', `<svg role="img" aria-label="${escaped(title)}" `).replace('>', `>\n${darkMode}`)
  } finally {
    chart.dispose()
  }
}

const darkMode = `<style>@media (prefers-color-scheme: dark) { ${Object.values(ink).map(([light, dark]) => `[fill="${light}"] { fill: ${dark} } [stroke="${light}"] { stroke: ${dark} }`).join(' ')} }</style>`

/** 2,030,000 → 2.03 M */
export function short(value: number): string {
  if (value >= 1e6) return `${digits(value / 1e6)} M`
  if (value >= 1e3) return `${digits(value / 1e3)} k`
  return digits(value)
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)))
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
