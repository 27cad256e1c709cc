import type { ComponentMetrics, MetricsSnapshot } from '../metrics/snapshot.ts'
import { countText, durationText, msText, rateText } from './figures.ts'

const titles = ['component', 'in/s', 'out/s', 'p99 ms', 'queue', 'lag', 'failed', 'skipped'] as const
const narrowestName = 8
const gap = '  '

/** What a terminal shows of a running topology: rates between two snapshots, totals of the later one. Lines are never wider than `columns`. */
export function tableLines(previous: MetricsSnapshot | undefined, current: MetricsSnapshot, columns: number): string[] {
  const seconds = secondsBetween(previous, current)
  const before = new Map(previous?.components.map((component) => [component.component, component]))
  const rows = current.components.map((component) => row(before.get(component.component), component, seconds))
  const lines = [
    `${current.topology}  ${current.state}  ${durationText(current.uptimeMs)}${restartsText(current)}`,
    ...aligned([[...titles], ...rows], columns),
    commitLine(previous, current),
  ]
  return lines.map((line) => cut(line, columns))
}

/** The same in one line, for logs and pipes. */
export function summaryLine(previous: MetricsSnapshot | undefined, current: MetricsSnapshot): string {
  const spouts = current.components.filter(({ kind }) => kind === 'spout')
  const read = sum(spouts, 'received') - sum(previous?.components.filter(({ kind }) => kind === 'spout') ?? [], 'received')
  const rate = rateText(Math.max(0, read) / secondsBetween(previous, current))
  const { components } = current
  return `${current.topology} ${current.state} ${durationText(current.uptimeMs)}: in ${rate}/s, lag ${sum(spouts, 'lag')}, failed ${sum(components, 'failed')}, skipped ${sum(components, 'skipped')}, ${commitLine(previous, current)}${restartsText(current)}`
}

function row(before: ComponentMetrics | undefined, now: ComponentMetrics, seconds: number): string[] {
  const rate = (name: 'received' | 'emitted') => rateText(Math.max(0, now[name] - (before?.[name] ?? 0)) / seconds)
  return [
    now.component,
    rate('received'),
    rate('emitted'),
    now.executeMs.count === 0 ? '-' : msText(now.executeMs.p99),
    countText(now.queue),
    now.kind === 'spout' ? countText(now.lag) : '-',
    String(now.failed),
    String(now.skipped),
  ]
}

function commitLine(previous: MetricsSnapshot | undefined, { commits, ...current }: MetricsSnapshot): string {
  const epochs = Math.max(0, commits.epochs - (previous?.commits.epochs ?? 0))
  const cells = Math.max(0, commits.cells - (previous?.commits.cells ?? 0))
  const rate = epochs / secondsBetween(previous, current)
  const keys = epochs === 0 ? '-' : countText(Math.round(cells / epochs))
  return `commits ${rateText(rate)}/s, ms p50 ${msText(commits.ms.p50)} p99 ${msText(commits.ms.p99)}, keys each ${keys}, records ${commits.records}${lostText(commits)}, aborts ${commits.aborts}`
}

/** Nothing while every record is counted. */
function lostText({ deadLettered, skipped }: MetricsSnapshot['commits']): string {
  return skipped + deadLettered === 0 ? '' : ` (${skipped} skipped, ${deadLettered} dead-lettered)`
}

function restartsText({ workers }: MetricsSnapshot): string {
  const restarts = workers.reduce((total, worker) => total + worker.restarts, 0)
  return restarts === 0 ? '' : `  worker restarts ${restarts}`
}

function secondsBetween(previous: MetricsSnapshot | undefined, current: Pick<MetricsSnapshot, 'uptimeMs'>): number {
  return Math.max(1, current.uptimeMs - (previous?.uptimeMs ?? 0)) / 1000
}

function sum(components: readonly ComponentMetrics[], name: 'received' | 'lag' | 'failed' | 'skipped'): number {
  return components.reduce((total, component) => total + component[name], 0)
}

/** Names to the left, figures to the right; the names give way when the terminal is narrow. */
function aligned(rows: readonly string[][], columns: number): string[] {
  const widths = titles.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  const figures = widths.slice(1).reduce((total, width) => total + gap.length + width, 0)
  widths[0] = Math.max(narrowestName, Math.min(widths[0]!, columns - figures))
  return rows.map((row) => row.map((cell, i) => (i === 0 ? cut(cell, widths[0]!).padEnd(widths[0]!) : cell.padStart(widths[i]!))).join(gap))
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`
}
