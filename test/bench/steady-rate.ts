/** Records read and counted by a time, in ms since 1970. */
export interface Progress {
  readonly records: number
  readonly atMs: number
}

const from = 0.2
const to = 0.9

/**
 * Records a second between 20 % and 90 % of the input, which leaves out the cold start and the last
 * commit. Between two lines the rate is taken as even. Undefined when the lines do not reach so far.
 */
export function steadyRate(firstFetchAt: number, progress: readonly Progress[], records: number): number | undefined {
  const lines = [{ records: 0, atMs: firstFetchAt }, ...progress]
  const [begin, end] = [timeOf(lines, records * from), timeOf(lines, records * to)]
  if (begin === undefined || end === undefined || end <= begin) return undefined
  return (records * (to - from)) / ((end - begin) / 1000)
}

function timeOf(lines: readonly Progress[], records: number): number | undefined {
  const index = lines.findIndex((line) => line.records >= records)
  const after = lines[index]
  const before = lines[index - 1]
  if (after === undefined || before === undefined) return undefined
  return before.atMs + ((after.atMs - before.atMs) * (records - before.records)) / (after.records - before.records)
}
