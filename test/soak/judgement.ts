import { blockMeans, slopeOf, verdict } from './regression.ts'
import type { Sample } from './sample.ts'

/** Growth that is allowed, per hour. */
const limits = [
  ['resident memory', 'MB', 'rssMb', 1],
  ['heaps of the workers', 'MB', 'heapMb', 1],
  ['descriptors', '', 'descriptors', 1],
  ['threads', '', 'threads', 1],
] as const

const blocks = 24
const mostLoopDelayMs = 50
const mostLagMs = 1_000

export interface Judgement {
  readonly lines: readonly string[]
  /** Something grows, with 95 % certainty. */
  readonly grows: boolean
}

/** Slopes after the warm-up with their bounds, and what was slowest while no fault was on. */
export function judge(samples: readonly Sample[], warmUpSeconds: number): Judgement {
  const warm = samples.filter(({ seconds }) => seconds > warmUpSeconds)
  let grows = false
  const lines = limits.map(([what, unit, figure, limit]) => {
    const points = warm.map((sample) => ({ x: sample.seconds / 3600, y: sample[figure] }))
    const slope = slopeOf(blockMeans(points, blocks))
    const said = verdict(slope, limit)
    grows ||= said === 'grows'
    const last = warm.at(-1)?.[figure] ?? 0
    return `${what}: ${last.toFixed(0)} ${unit} at the end, ${slope.perX.toFixed(2)} ± ${slope.bound.toFixed(2)} ${unit} per hour: ${said}`.replaceAll('  ', ' ')
  })
  const steady = warm.filter(({ phase }) => phase === 'steady')
  const [loop, lag] = [quantile(steady.map((sample) => sample.loopDelayP99Ms), 0.5), quantile(steady.map((sample) => sample.lagMs), 0.99)]
  lines.push(
    `event loop, p99, of the slowest thread: ${loop.toFixed(0)} ms in the median sample: ${loop < mostLoopDelayMs ? 'below' : 'not below'} ${mostLoopDelayMs} ms`,
    `commit lag while no fault is on, p99: ${lag.toFixed(0)} ms: ${lag < mostLagMs ? 'below' : 'not below'} ${mostLagMs} ms`,
  )
  return { lines, grows }
}

function quantile(numbers: readonly number[], share: number): number {
  return numbers.toSorted((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(share * numbers.length))] ?? 0
}
