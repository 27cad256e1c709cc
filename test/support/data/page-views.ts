import { below, seededRandom } from './random.ts'

export interface PageView {
  readonly page: string
  readonly visitor: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** `count` views of 200 pages by 2,000 visitors, spread over one hour that begins at `startMs`. */
export function* pageViews(count: number, startMs: number, seed = 3): Generator<PageView> {
  const random = seededRandom(seed)
  for (let n = 0; n < count; n++) {
    // the smaller of two: early pages are visited more often
    const page = Math.min(below(random, 200), below(random, 200))
    yield { page: `/page/${page}`, visitor: `visitor-${below(random, 2000)}`, at: startMs + Math.floor((n / count) * 3_600_000) }
  }
}
