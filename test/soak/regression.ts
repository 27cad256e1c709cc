export interface Point {
  readonly x: number
  readonly y: number
}

export interface Slope {
  /** Growth of y for each 1 of x, and how far it may be from that with 95 % certainty; infinite with fewer than three points. */
  readonly perX: number
  readonly bound: number
}

/**
 * Least squares. The bound allows for points that are like their neighbours, as figures of one process are: by the
 * first autocorrelation of what is left over, fewer points count (Bartlett's correction).
 */
export function slopeOf(points: readonly Point[]): Slope {
  const n = points.length
  const mean = (of: (point: Point) => number): number => points.reduce((sum, point) => sum + of(point), 0) / n
  const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)]
  let spread = 0
  let together = 0
  for (const { x, y } of points) {
    spread += (x - meanX) ** 2
    together += (x - meanX) * (y - meanY)
  }
  const perX = spread === 0 ? 0 : together / spread
  if (n < 3 || spread === 0) return { perX, bound: Infinity }
  const rests = points.map(({ x, y }) => y - meanY - perX * (x - meanX))
  const rest = rests.reduce((sum, one) => sum + one ** 2, 0)
  const alike = rest === 0 ? 0 : Math.max(0, rests.reduce((sum, one, i) => sum + (i === 0 ? 0 : one * rests[i - 1]!), 0) / rest)
  return { perX, bound: student(n - 2) * Math.sqrt((rest / (n - 2) / spread) * ((1 + alike) / (1 - alike))) }
}

/** Means of neighbouring points, about so many of them. */
export function blockMeans(points: readonly Point[], blocks: number): Point[] {
  const size = Math.max(1, Math.floor(points.length / blocks))
  return Array.from({ length: Math.floor(points.length / size) }, (_, block) => {
    const part = points.slice(block * size, (block + 1) * size)
    return { x: part.reduce((sum, { x }) => sum + x, 0) / size, y: part.reduce((sum, { y }) => sum + y, 0) / size }
  })
}

/** `grows` and `flat` with 95 % certainty, whatever the limit is counted in; else the run was too short to tell. */
export function verdict({ perX, bound }: Slope, limit: number): 'flat' | 'grows' | 'too short to tell' {
  if (perX + bound < limit) return 'flat'
  return perX - bound > limit ? 'grows' : 'too short to tell'
}

/** Two-sided 95 % quantile of Student's distribution (Cornish and Fisher's expansion; Abramowitz and Stegun 26.7.5). */
function student(degrees: number): number {
  const z = 1.959964
  return z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2) + (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3)
}
