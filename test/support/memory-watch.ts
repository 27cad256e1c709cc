import { rssBytes } from '../bench/process-usage.ts'
import type { MillraceProcess } from './millrace-process.ts'
import { waitWhileRunning } from './wait-until.ts'

/** Watches what a process takes in memory beyond what it took when the watch began. */
export interface MemoryWatch {
  /** As the process has told it at its start. */
  readonly ceilingBytes: number
  /** The most until now. */
  readonly grownBytes: number
  stop(): void
}

const everyMs = 200

/** Begins once the process has told its memory ceiling; call it when it has done a little of its work. */
export async function watchMemory(millrace: MillraceProcess): Promise<MemoryWatch> {
  let told: RegExpExecArray | null = null
  await waitWhileRunning(millrace, 'its memory ceiling', () => Promise.resolve((told = /memory at most about (\d+) MB/.exec(millrace.output().stdout)) !== null))
  const before = rssBytes(millrace.pid)
  let most = before
  const timer = setInterval(() => {
    try {
      most = Math.max(most, rssBytes(millrace.pid))
    } catch {
      clearInterval(timer)
    }
  }, everyMs)
  timer.unref()
  return {
    ceilingBytes: Number(told![1]) * 1e6,
    get grownBytes() {
      return most - before
    },
    stop: () => clearInterval(timer),
  }
}
