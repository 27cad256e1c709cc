import { readdirSync, readFileSync } from 'node:fs'
import { rssBytes } from '../bench/process-usage.ts'

/** What a process looks like at one moment of the run. */
export interface Sample {
  readonly seconds: number
  readonly phase: string
  readonly rssMb: number
  /** Of the workers, as the process told last. */
  readonly heapMb: number
  readonly descriptors: number
  readonly threads: number
  /** Of the slowest thread, over the seconds before. */
  readonly loopDelayP99Ms: number
  /** From when the records of a second were written until all are in the results; of the last that were looked at. */
  readonly lagMs: number
}

export function processFigures(pid: number): Pick<Sample, 'rssMb' | 'descriptors' | 'threads'> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return { rssMb: rssBytes(pid) / 1e6, descriptors: readdirSync(`/proc/${pid}/fd`).length, threads: Number(/^Threads:\s+(\d+)$/m.exec(status)![1]) }
}

/** The last objects of `--json` that tell of workers; 0 before the first. */
export function heapMb(stdout: string): number {
  const at = stdout.lastIndexOf('{"type":"metrics"')
  const end = stdout.indexOf('\n', at)
  if (at < 0 || end < 0) return 0
  const { workers } = JSON.parse(stdout.slice(at, end)) as { workers: readonly { heapBytes: number }[] }
  return workers.reduce((sum, { heapBytes }) => sum + heapBytes, 0) / 1e6
}

/** The largest that threads have told since the last look. */
export class LoopDelays {
  readonly #file: string
  #seen = 0

  constructor(file: string) {
    this.#file = file
  }

  worstMs(): number {
    const lines = readFileSync(this.#file, 'utf8').split('\n').slice(0, -1)
    const fresh = lines.slice(this.#seen).map((line) => (JSON.parse(line) as { p99Ms: number }).p99Ms)
    this.#seen = lines.length
    return Math.max(0, ...fresh)
  }
}
