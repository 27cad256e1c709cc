import { gridColor, headPx, mutedColor, short, svgOf } from './svg.ts'
import type { Heading } from './svg.ts'

export interface Axis {
  readonly name: string
  /** Default linear. */
  readonly scale?: 'linear' | 'log'
}

export interface LineChartData extends Heading {
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly { readonly name: string; readonly points: readonly (readonly [x: number, y: number])[] }[]
}

const height = 420

/** Lines through measured points. Where x is logarithmic the measured values themselves are its ticks. */
export function lineChart({ x, y, series, ...heading }: LineChartData): string {
  const measured = [...new Set(series.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b)
  const axis = ({ name, scale }: Axis) => ({
    type: scale === 'log' ? 'log' : 'value',
    name,
    nameLocation: 'middle',
    nameTextStyle: { color: mutedColor, fontSize: 12 },
    axisLabel: { color: mutedColor, formatter: short },
    axisLine: { show: true, lineStyle: { color: gridColor } },
    splitLine: { lineStyle: { color: gridColor } },
  })
  return svgOf(heading, height, {
    grid: { left: 12, right: 28, top: headPx + 8, bottom: 12, outerBoundsMode: 'same' },
    xAxis: x.scale === 'log' ? { ...axis(x), min: measured[0], max: measured.at(-1), axisLabel: { color: mutedColor, formatter: short, customValues: measured }, axisTick: { customValues: measured } } : axis(x),
    yAxis: axis(y),
    series: series.map(({ name, points }) => ({ type: 'line', name, data: points, symbol: 'circle', symbolSize: 7, emphasis: { disabled: true }, lineStyle: { width: 2 } })),
  })
}
