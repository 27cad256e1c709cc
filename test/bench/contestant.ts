import type { ChildProcess } from 'node:child_process'

export type JobName = 'word-count' | 'ads'

/** What the harness gives a contestant's process, as JSON in its only argument. */
export interface Assignment {
  readonly job: JobName
  readonly topic: string
  readonly partitions: number
  readonly brokers: readonly string[]
  readonly redisUrl: string
  /** Threads that read and compute. */
  readonly threads: number
  /** Of our topologies. */
  readonly style: 'functions' | 'bolts'
  /** Goes on after the last record, for measurements of idling. */
  readonly endless: boolean
}

/** What a contestant's process tells the harness. Times are ms since 1970. */
export type Report =
  | { readonly kind: 'first-fetch'; readonly atMs: number }
  /** The last one: CPU time and memory of the whole process since its start. */
  | { readonly kind: 'usage'; readonly cpuMs: number; readonly peakRssBytes: number }

export function readAssignment(): Assignment {
  return JSON.parse(process.argv[2]!) as Assignment
}

export function report(message: Report): void {
  process.send!(message)
}

/** Sends the last report when the harness asks for it, and ends the process. */
export function reportUsageWhenAsked(before: () => Promise<void> = async () => {}): void {
  process.once('message', () => {
    void before().then(() => {
      const usage = process.resourceUsage()
      process.send!({ kind: 'usage', cpuMs: (usage.userCPUTime + usage.systemCPUTime) / 1000, peakRssBytes: usage.maxRSS * 1024 } satisfies Report, () => process.exit(0))
    })
  })
}

export function askForUsage(child: ChildProcess): void {
  child.send('usage')
}
