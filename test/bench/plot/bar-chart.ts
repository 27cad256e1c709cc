import { gridColor, headPx, mutedColor, short, svgOf, textColor } from './svg.ts'
import type { Heading } from './svg.ts'

export interface BarChartData extends Heading {
  /** What each group of bars stands for, from top to bottom. */
  readonly groups: readonly string[]
  /** One bar in each group; undefined leaves it out. */
  readonly series: readonly { readonly name: string; readonly values: readonly (number | undefined)[] }[]
}

const barPx = 15
const groupGapPx = 14
const axisPx = 42

/** Horizontal bars, with the number at the end of each. */
export function barChart({ groups, series, ...heading }: BarChartData): string {
  const height = headPx + axisPx + groups.length * (series.length * barPx + groupGapPx)
  return svgOf(heading, height, {
    grid: { left: 12, right: 64, top: headPx, bottom: 8, outerBoundsMode: 'same' },
    xAxis: { type: 'value', axisLabel: { color: mutedColor, formatter: short }, splitLine: { lineStyle: { color: gridColor } } },
    yAxis: { type: 'category', inverse: true, data: groups, axisTick: { show: false }, axisLine: { lineStyle: { color: gridColor } }, axisLabel: { color: textColor, fontSize: 12 } },
    series: series.map(({ name, values }) => ({
      type: 'bar',
      name,
      data: values.map((value) => value ?? null),
      barWidth: barPx - 2,
      barGap: '15%',
      emphasis: { disabled: true },
      label: { show: true, position: 'right', color: textColor, textBorderWidth: 0, fontSize: 11, formatter: ({ value }: { value: number }) => short(value) },
    })),
  })
}
